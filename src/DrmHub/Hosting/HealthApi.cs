using System.Data.Common;
using Dapper;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Hosting;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can reach what it needs.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Text("live")).AllowAnonymous().WithTags("operators");
        routes.MapGet("/health/ready", ReadyAsync).AllowAnonymous().WithTags("operators");
    }

    private static async Task<Results<ContentHttpResult, StatusCodeHttpResult>> ReadyAsync(Database database, AuditLog audit, CancellationToken cancellationToken)
    {
        // A log that stopped itself grants nothing more: another node must take the traffic.
        if (audit.Stopped is not null) return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await connection.ExecuteScalarAsync<long>("select 1");
            return TypedResults.Text("ready");
        }
        catch (DbException)
        {
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }
}
