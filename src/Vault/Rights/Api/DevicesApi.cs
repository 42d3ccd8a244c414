using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Vault.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Rights;

/// <summary>
/// <c>/rights/devices</c>: the devices of a subscriber, both those whose licences took a slot and those that an operator wrote down. A device
/// that is revoked gets nothing any more; one that is deleted gives its slot back, which is free when its cool-down is over.
/// </summary>
internal static class DevicesApi
{
    public static void Map(RouteGroupBuilder group)
    {
        const string one = "/devices/{subscriber}/{**device}";
        group.MapGet("/devices", (HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => ListAsync(http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.ReadPolicy).WithName("ListDevices").WithSummary("The devices of a subscriber")
            .WithMetadata(new QueryParameters(["subscriber"])).Produces<RightsPage<SubscriberDevice>>().WithProblems(400, 503);
        group.MapPut(one, (string subscriber, string device, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => PutAsync(subscriber, device, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName("PutDevice").WithSummary("Names or revokes a device of a subscriber")
            .Accepts<Device>(RightsHttp.Json).Produces<Subscriber>().WithProblems(400, 413, 503);
        group.MapDelete(one, (string subscriber, string device, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => DeleteAsync(subscriber, device, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName("DeleteDevice").WithSummary("Takes a device away; its slot is free when its cool-down is over")
            .Produces(StatusCodes.Status204NoContent).WithProblems(404, 503);
    }

    private static async Task<IResult> ListAsync(HttpContext http, RightsStore store, CancellationToken cancellationToken)
    {
        if (RightsFilters.Read(http.Request.Query, ["subscriber"], out var problem) is not { } filters) return RightsHttp.Malformed(problem);
        if (filters["subscriber"] is not { } id) return RightsHttp.Malformed("The filter 'subscriber' names whose devices are meant.");
        var written = (await store.FindAsync(RightsKinds.Subscribers, id, cancellationToken).ConfigureAwait(false))?.Document.Devices ?? [];
        var slots = SlotsOf(http) is { } known ? await known.ListAsync(id, cancellationToken).ConfigureAwait(false) : [];
        var devices = slots.Select(slot => slot.Device).Union(written.Select(device => device.Id), StringComparer.Ordinal).Select(name =>
        {
            var (device, slot) = (written.FirstOrDefault(each => each.Id == name), slots.FirstOrDefault(each => each.Device == name));
            return new SubscriberDevice
            {
                Subscriber = id,
                Id = name,
                Name = device?.Name,
                Platform = slot?.Platform ?? device?.Platform,
                Model = slot?.Model,
                Revoked = device?.Revoked ?? false,
                HasSlot = slot is { RemovedMs: null },
                FirstMs = slot?.FirstMs ?? device?.AddedMs,
                LastMs = slot?.LastMs,
                RemovedMs = slot?.RemovedMs,
            };
        });
        return RightsHttp.Page(http, devices, typeof(SubscriberDevice), null);
    }

    private static async Task<IResult> PutAsync(string subscriber, string device, HttpContext http, RightsStore store, CancellationToken cancellationToken)
    {
        var item = Parse(await RightsHttp.ReadBodyAsync(http.Request, cancellationToken).ConfigureAwait(false), device);
        var stored = await store.ChangeSubscriberAsync(
            subscriber, each => each with { Devices = [.. each.Devices.Where(known => known.Id != device), item] }, RightsHttp.ActorOf(http), cancellationToken).ConfigureAwait(false);
        return RightsHttp.Document(http, RightsKinds.Subscribers.Write(stored!.Document), stored.Version);
    }

    private static async Task<IResult> DeleteAsync(string subscriber, string device, HttpContext http, RightsStore store, CancellationToken cancellationToken)
    {
        var changed = await store.ChangeSubscriberAsync(
            subscriber,
            each => each.Devices.Any(known => known.Id == device) ? each with { Devices = [.. each.Devices.Where(known => known.Id != device)] } : null,
            RightsHttp.ActorOf(http),
            cancellationToken).ConfigureAwait(false);
        if (SlotsOf(http) is not { } slots || !await slots.RemoveAsync(subscriber, device, cancellationToken).ConfigureAwait(false)) return changed is null ? RightsHttp.Unknown("device") : TypedResults.NoContent();
        var actor = RightsHttp.ActorOf(http);
        var entry = new AuditEntry
        {
            Kind = AuditKind.RightsChanged,
            Actor = actor.Name,
            ActorRole = actor.Role,
            RequestId = actor.RequestId,
            Subject = subscriber,
            DeviceId = device,
            Details = new Dictionary<string, string> { ["action"] = "deleted", ["document"] = "device slot" },
        };
        await ((AuditLog)http.RequestServices.GetService(typeof(AuditLog))!).AppendAsync(entry, CancellationToken.None).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static Device Parse(byte[] body, string id)
    {
        try
        {
            if (System.Text.Json.Nodes.JsonNode.Parse(body.Length == 0 ? "{}"u8 : body) is not System.Text.Json.Nodes.JsonObject document)
                throw new RightsInvalidException([new RightsProblem("$", RightsProblem.Malformed, "The body is no JSON object.")]);
            document["id"] = id;
            return document.Deserialize<Device>(RightsJson.Strict)!;
        }
        catch (JsonException exception)
        {
            throw new RightsInvalidException([RightsProblem.From(exception)]);
        }
    }

    /// <summary>Slots are counted where licences are given: a node of other roles knows none.</summary>
    private static DeviceSlots? SlotsOf(HttpContext http) => (DeviceSlots?)http.RequestServices.GetService(typeof(DeviceSlots));
}

/// <summary>A device of a subscriber, as it was written down and as licences went to it. Times are ISO 8601 in JSON.</summary>
public sealed record SubscriberDevice
{
    public required string Subscriber { get; init; }

    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Platform { get; init; }

    public string? Model { get; init; }

    public bool Revoked { get; init; }

    public bool HasSlot { get; init; }

    [JsonPropertyName("first"), JsonConverter(typeof(UtcMilliseconds))]
    public long? FirstMs { get; init; }

    [JsonPropertyName("last"), JsonConverter(typeof(UtcMilliseconds))]
    public long? LastMs { get; init; }

    [JsonPropertyName("removed"), JsonConverter(typeof(UtcMilliseconds))]
    public long? RemovedMs { get; init; }
}
