using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Sessions;

/// <summary>
/// <c>POST /sessions/{id}/heartbeat</c> and <c>DELETE /sessions/{id}</c>, with the player's token. The id stands in <c>X-DrmHub-Session</c> of the
/// licence. A session is found among those of the token's subscriber only.
/// </summary>
internal static class SessionsApi
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/sessions").ForPlayers();
        group.MapPost("/{id}/heartbeat", BeatAsync).WithName("SendHeartbeat");
        group.MapDelete("/{id}", EndAsync).WithName("EndSession");
    }

    private static async Task<IResult> BeatAsync(string id, HttpContext http, SessionKeeper keeper, IOptions<LicenseProxyOptions> options, CancellationToken cancellationToken)
    {
        if (await keeper.BeatAsync(id, LicenseHttp.CallerOf(http), cancellationToken) is { } stop) return LicenseHttp.Problem(http, stop);
        http.Response.Headers.CacheControl = "no-store";
        var sessions = options.Value.Sessions;
        return TypedResults.Ok(new Heartbeat(id, (int)sessions.Heartbeat.TotalSeconds, (int)sessions.Lease.TotalSeconds));
    }

    private static async Task<IResult> EndAsync(string id, HttpContext http, SessionKeeper keeper, CancellationToken cancellationToken) =>
        await keeper.EndAsync(id, LicenseHttp.CallerOf(http), cancellationToken) is { } refusal ? LicenseHttp.Problem(http, refusal) : TypedResults.NoContent();

    /// <param name="Session">Goes on.</param>
    /// <param name="HeartbeatSeconds">When to send the next one.</param>
    /// <param name="LeaseSeconds">After which silence the session ends by itself.</param>
    internal sealed record Heartbeat(string Session, int HeartbeatSeconds, int LeaseSeconds);
}
