using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Routes over a list inside subscribers: <c>GET /rights/subscriptions?subscriber=ID</c>, <c>PUT</c> and <c>DELETE
/// /rights/subscriptions/{subscriber}/{plan}</c>. Each is a change of the subscriber, whose ETag counts.
/// </summary>
internal static class SubscriberPartApi
{
    public static void Map<T>(RouteGroupBuilder group, SubscriberPart<T> part)
        where T : class
    {
        var name = char.ToUpperInvariant(part.Name[0]) + part.Name[1..^1];
        var one = $"/{part.Name}/{{subscriber}}/{{**key}}";
        group.MapGet($"/{part.Name}", (HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => ListAsync(part, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.ReadPolicy).WithName($"List{name}s").WithSummary($"The {part.Name} of one subscriber, or of all in pages")
            .WithMetadata(new QueryParameters(["subscriber", "limit", "cursor"])).Produces<RightsPage<SubscriberItem<T>>>().WithProblems(400, 404, 503);
        group.MapPut(one, (string subscriber, string key, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => PutAsync(part, subscriber, key, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName($"Put{name}").WithSummary($"Writes one of the {part.Name} of a subscriber, who is made where there is none; the body may be {{}}")
            .Accepts<T>(RightsHttp.Json).Produces<Subscriber>().WithProblems(400, 412, 413, 503);
        group.MapDelete(one, (string subscriber, string key, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => DeleteAsync(part, subscriber, key, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName($"Delete{name}").WithSummary($"Takes one of the {part.Name} of a subscriber away").Produces<Subscriber>().WithProblems(404, 412, 503);
    }

    private static async Task<IResult> ListAsync<T>(SubscriberPart<T> part, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        if (RightsFilters.Read(http.Request.Query, ["subscriber"], out var problem) is not { } filters) return RightsHttp.Malformed(problem);
        if (filters["subscriber"] is { } id)
        {
            if (await store.FindAsync(RightsKinds.Subscribers, id, cancellationToken).ConfigureAwait(false) is not { } stored) return RightsHttp.Unknown("subscriber");
            http.Response.Headers.ETag = RightsHttp.TagOf(stored.Version);
            return RightsHttp.Page(http, part.Read(stored.Document).Select(item => new SubscriberItem<T>(id, item)), typeof(SubscriberItem<T>), null);
        }

        var page = await store.ListAsync(RightsKinds.Subscribers, filters.After, filters.Limit, cancellationToken).ConfigureAwait(false);
        var items = page.SelectMany(subscriber => part.Read(subscriber).Select(item => new SubscriberItem<T>(subscriber.Id, item)));
        return RightsHttp.Page(http, items, typeof(SubscriberItem<T>), page.Count == filters.Limit ? page[^1].Id : null);
    }

    private static async Task<IResult> PutAsync<T>(SubscriberPart<T> part, string subscriber, string key, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        var item = Parse(part, await RightsHttp.ReadBodyAsync(http.Request, cancellationToken).ConfigureAwait(false), key);
        return await ChangeAsync(subscriber, list => [.. list.Where(each => part.KeyOf(each) != key), item], part, http, store, cancellationToken).ConfigureAwait(false);
    }

    private static Task<IResult> DeleteAsync<T>(SubscriberPart<T> part, string subscriber, string key, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class =>
        ChangeAsync(subscriber, list => list.Any(each => part.KeyOf(each) == key) ? [.. list.Where(each => part.KeyOf(each) != key)] : null, part, http, store, cancellationToken);

    private static async Task<IResult> ChangeAsync<T>(
        string id, Func<IReadOnlyList<T>, IReadOnlyList<T>?> change, SubscriberPart<T> part, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        if (http.Request.Headers.IfMatch.Count > 0)
            RightsHttp.ExpectedVersion(http.Request, (await store.FindAsync(RightsKinds.Subscribers, id, cancellationToken).ConfigureAwait(false))?.Version);
        var stored = await store.ChangeSubscriberAsync(
            id,
            subscriber => change(part.Read(subscriber)) is { } list ? part.Write(subscriber, list) : null,
            RightsHttp.ActorOf(http),
            cancellationToken).ConfigureAwait(false);
        return stored is null ? RightsHttp.Unknown(part.Name[..^1]) : RightsHttp.Document(http, RightsKinds.Subscribers.Write(stored.Document), stored.Version);
    }

    /// <summary>The key in the address stands for the member that names the item.</summary>
    private static T Parse<T>(SubscriberPart<T> part, byte[] body, string key)
        where T : class
    {
        try
        {
            var text = body.Length == 0 ? "{}" : Encoding.UTF8.GetString(body);
            if (JsonNode.Parse(text) is not JsonObject document) throw new RightsInvalidException([new RightsProblem("$", RightsProblem.Malformed, "The body is no JSON object.")]);
            if (typeof(T) == typeof(Subscription) && !document.ContainsKey("plan")) document["plan"] = key;
            if (typeof(T) == typeof(Rental) && !document.ContainsKey("from")) throw new RightsInvalidException([new RightsProblem("$.from", RightsProblem.Missing, "A rental has a time from which it counts.")]);
            return part.WithKey(document.Deserialize<T>(RightsJson.Strict)!, key);
        }
        catch (JsonException exception)
        {
            throw new RightsInvalidException([RightsProblem.From(exception)]);
        }
    }
}

/// <summary>An item of a list inside a subscriber.</summary>
public sealed record SubscriberItem<T>(string Subscriber, T Item);
