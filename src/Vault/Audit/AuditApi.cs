using System.Buffers;
using System.Globalization;
using System.Text.Json;
using DrmHub.Vault.Audit.Encoding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The routes of the log. The host registers <see cref="AuditLog"/> as a service and the authorization policy
/// <see cref="ReadPolicy"/>.
/// </summary>
public static class AuditApi
{
    /// <summary>Name of the policy that entries need.</summary>
    public const string ReadPolicy = "audit.read";

    public static IEndpointRouteBuilder MapAudit(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var group = routes.MapGroup("/audit");
        group.MapGet("/entries", GetEntriesAsync).RequireAuthorization(ReadPolicy);
        AuditTreeApi.MapTree(group);
        AuditStreamApi.MapStreams(group);
        AuditCountApi.MapCounts(group);
        return routes;
    }

    private static async Task<IResult> GetEntriesAsync(HttpRequest request, AuditLog log, CancellationToken cancellationToken)
    {
        if (!AuditQueryString.TryRead(request.Query, out var query, out var problem)) return Problem(StatusCodes.Status400BadRequest, "request.invalid", problem);
        try
        {
            var page = await log.QueryAsync(query, cancellationToken).ConfigureAwait(false);
            return TypedResults.Bytes(Render(page), "application/json; charset=utf-8");
        }
        catch (ArgumentException exception)
        {
            return Problem(StatusCodes.Status400BadRequest, "request.invalid", exception.Message);
        }
    }

    internal static ProblemHttpResult Problem(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new KeyValuePair<string, object?>("code", code)]);

    private static byte[] Render(AuditPage page)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("entries");
            foreach (var record in page.Entries) AuditJson.Write(json, record);
            json.WriteEndArray();
            if (page.Next is not null) json.WriteString("next", page.Next);
            json.WriteNumber("complete", page.Complete);
            json.WriteNumber("durable", page.Durable);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>Filters in an address: <c>kind, subject, pseudonym, device, actor, content, deal, reason, system, level, model, country, track, from, until, cursor, limit</c>.</summary>
internal static class AuditQueryString
{
    private static readonly string[] s_names =
        ["kind", "subject", "pseudonym", "device", "actor", "content", "deal", "reason", "system", "level", "model", "country", "track", "from", "until", "cursor", "limit"];

    public static bool TryRead(IQueryCollection values, out AuditQuery query, out string problem)
    {
        query = new AuditQuery();
        problem = "";
        foreach (var (name, found) in values)
        {
            // A filter that is misspelt and ignored would answer another question than the one that was asked.
            if (!s_names.Contains(name, StringComparer.Ordinal)) problem = $"There is no filter '{name}'. There are: {string.Join(", ", s_names)}.";
            else if (found.Count != 1 || string.IsNullOrEmpty(found[0])) problem = $"The filter '{name}' has one value.";
        }

        if (problem.Length > 0) return false;
        var kind = default(AuditKind);
        var limit = 100;
        DateTimeOffset from = default, until = default;
        if (Text("kind") is { } kindName && !AuditKinds.TryParse(kindName, out kind)) problem = "There is no kind of that name.";
        if (Text("system") is { } systemName && Leaf.SystemFromName(systemName) is null) problem = "There is no DRM system of that name.";
        if (Text("limit") is { } limitText && !int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit)) problem = "The limit is a number.";
        if (Text("from") is { } fromText && !TryTime(fromText, out from)) problem = "'from' is an ISO 8601 time with its offset.";
        if (Text("until") is { } untilText && !TryTime(untilText, out until)) problem = "'until' is an ISO 8601 time with its offset.";
        if (problem.Length > 0) return false;
        query = new AuditQuery
        {
            Kind = Text("kind") is null ? null : kind,
            Subject = Text("subject"),
            Pseudonym = Text("pseudonym"),
            Device = Text("device"),
            Actor = Text("actor"),
            ContentId = Text("content"),
            Deal = Text("deal"),
            ReasonCode = Text("reason"),
            System = Leaf.SystemFromName(Text("system")),
            SecurityLevel = Text("level"),
            DeviceModel = Text("model"),
            Country = Text("country"),
            Track = Text("track"),
            From = Text("from") is null ? null : from,
            Until = Text("until") is null ? null : until,
            Cursor = Text("cursor"),
            Limit = limit,
        };
        return true;

        string? Text(string name) => values.TryGetValue(name, out var found) ? found[0] : null;
    }

    /// <summary>ISO 8601 with <c>Z</c> or an offset; a date alone is its first moment in UTC.</summary>
    public static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
