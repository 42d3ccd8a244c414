using System.Globalization;
using System.Text;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace DrmHub.Music.Podcasts;

/// <summary>Whether a request may have a private feed or its media, and who shares a token.</summary>
internal sealed class FeedGate(FeedAccessStore store, RightsStore rights, AuditLog audit, IOptions<MusicOptions> options, TimeProvider time)
{
    /// <summary>The token of a request: <c>?token=</c>, a bearer, or the password of Basic, which older podcast apps ask their user for.</summary>
    public static string? TokenOf(HttpRequest request)
    {
        if (request.Query["token"] is [{ Length: > 0 and <= 200 } query]) return query;
        if (request.Headers.Authorization is not [{ Length: <= 1000 } header]) return null;
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return header[7..].Trim();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var written)) return null;
        var pair = Encoding.UTF8.GetString(bytes, 0, written);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }

    /// <returns>The access, or the refusal: 401 where no token opens the feed, 403 where the subscriber is suspended.</returns>
    public async Task<(FeedAccess? Access, ProblemHttpResult? Refusal)> OpenAsync(HttpContext http, string showId, CancellationToken cancellationToken)
    {
        var token = TokenOf(http.Request);
        if (token is null) return (null, Unauthorized(http, ReasonCodes.TokenMissing, "This feed is for subscribers: a token is needed."));
        var access = await store.FindByTokenAsync(showId, token, cancellationToken);
        return access is null ? (null, Unauthorized(http, ReasonCodes.TokenInvalid, "The token opens no feed of this show.")) : await AdmitAsync(http, access, cancellationToken);
    }

    /// <summary>An access that an address of media names.</summary>
    public async Task<(FeedAccess? Access, ProblemHttpResult? Refusal)> AdmitAsync(HttpContext http, FeedAccess access, CancellationToken cancellationToken)
    {
        if (access.RevokedMs is not null) return (null, Unauthorized(http, ReasonCodes.TokenInvalid, "The token opens no feed of this show."));
        if (!access.IsOpenAt(time.GetUtcNow().ToUnixTimeMilliseconds())) return (null, Unauthorized(http, ReasonCodes.TokenExpired, "The token has expired."));
        if (await rights.FindSubscriberAsync(access.Subscriber, cancellationToken) is { Status: SubscriberStatus.Suspended })
            return (null, MusicHttp.Problem(http, StatusCodes.Status403Forbidden, ReasonCodes.EntitlementSuspended, "The subscriber is suspended."));
        return (access, null);
    }

    /// <summary>Counts the device that fetches an episode, and notices when a token is on too many of them in a day.</summary>
    /// <returns>The refusal where sharing is refused and noticed; else null.</returns>
    public async Task<ProblemHttpResult?> CountAsync(HttpContext http, FeedAccess access, CancellationToken cancellationToken)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        if (agent.Length > 500) agent = agent[..500];
        if (PodcastApps.NameOf(agent) is not { } app) return null;
        var settings = options.Value.Podcasts;
        var devices = await store.CountAsync(access.Id, PodcastApps.Fingerprint(app, agent, http.Connection.RemoteIpAddress), app, cancellationToken);
        if (devices <= settings.DevicesPerDay) return null;
        if (await store.NoticeAsync(access.Id, cancellationToken))
        {
            await audit.AppendAsync(
                new AuditEntry
                {
                    Kind = AuditKind.Administration,
                    Subject = access.Subscriber,
                    RequestId = http.TraceIdentifier,
                    Details = new Dictionary<string, string> { ["action"] = "podcast.sharing", ["show"] = access.ShowId, ["access"] = access.Id, ["devices"] = devices.ToString(CultureInfo.InvariantCulture) },
                },
                cancellationToken);
        }

        return settings.RefuseSharing ? MusicHttp.Problem(http, StatusCodes.Status429TooManyRequests, ReasonCodes.DeviceLimit, "This token is on too many devices today.") : null;
    }

    private static ProblemHttpResult Unauthorized(HttpContext http, string code, string detail)
    {
        http.Response.Headers.Append(HeaderNames.WWWAuthenticate, "Basic realm=\"podcast\", charset=\"UTF-8\"");
        return MusicHttp.Problem(http, StatusCodes.Status401Unauthorized, code, detail);
    }
}
