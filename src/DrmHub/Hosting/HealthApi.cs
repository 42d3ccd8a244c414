using System.Text.Json.Serialization;
using Dapper;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;
using DrmHub.LicenseProxy.Upstreams;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Hosting;

/// <summary>
/// <c>/health/live</c>: the process answers. <c>/health/ready</c>: it can reach what it needs (200 <c>ready</c>), or what is
/// wrong (503 <c>stopping</c>, <c>database_away</c>, <c>log_stopped</c>; <see cref="StartingDoor"/> says <c>starting</c>). The licence services stand in the answer and do not make a node
/// unready: another node reaches no more of them, and players of the other systems must not lose this one. Names and failures are at <c>/admin/upstreams</c>.
/// </summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Text("live")).AllowAnonymous().WithTags("operators");
        routes.MapGet("/health/ready", ReadyAsync).AllowAnonymous().WithTags("operators");
    }

    private static async Task<JsonHttpResult<Readiness>> ReadyAsync(Draining draining, Database database, AuditLog audit, UpstreamPools upstreams, CancellationToken cancellationToken)
    {
        if (draining.IsOn) return Unready("stopping");

        // A log that stopped itself grants nothing more: another node must take the traffic.
        if (audit.Stopped is not null) return Unready("log_stopped");
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await connection.ExecuteScalarAsync<long>("select 1");
            return TypedResults.Json(new Readiness("ready", StateOf(upstreams.Report())));
        }
        catch (Exception exception) when (DatabaseAway.Is(exception))
        {
            return Unready("database_away");
        }
    }

    private static JsonHttpResult<Readiness> Unready(string status) => TypedResults.Json(new Readiness(status, null), statusCode: StatusCodes.Status503ServiceUnavailable);

    /// <summary>By DRM system: <c>ok</c>, <c>degraded</c> (some upstreams fail) or <c>failing</c> (all do). A system without upstreams is not there.</summary>
    private static Dictionary<string, string> StateOf(IReadOnlyList<UpstreamReport> reports) => reports
        .GroupBy(report => report.System)
        .ToDictionary(group => group.Key, group => group.All(report => report.Circuit == "closed") ? "ok" : group.Any(report => report.Circuit == "closed") ? "degraded" : "failing");

    private sealed record Readiness(string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Upstreams);
}
