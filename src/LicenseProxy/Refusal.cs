using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy;

/// <summary>Why a licence was refused: a stable reason code, and a sentence for whoever reads the answer. It names no other title and no secret.</summary>
/// <remarks>
/// The one place that maps reasons outwards. HTTP: <see cref="Status"/>. PlayReady: <see cref="PlayReadyFault"/> inside a SOAP fault with
/// HTTP 500, the reason code in its CustomData. What the players make of a status that is not 200 (docs/players.md shows how to
/// read the problem document from each):
/// <list type="bullet">
/// <item>Shaka Player: error 6007 LICENSE_REQUEST_FAILED; <c>data[0]</c> is the inner network error (1001 BAD_HTTP_STATUS), whose <c>data[1]</c> is the status and <c>data[2]</c> the body.</item>
/// <item>dash.js: <c>keySessionCreated</c> with error 114 MEDIA_KEYMESSAGE_LICENSER_ERROR; its message has the status.</item>
/// <item>hls.js: <c>keySystemError</c> with KEY_SYSTEM_LICENSE_REQUEST_FAILED (<c>response.code</c>) for EME, <c>keyLoadError</c> for AES-128.</item>
/// <item>Video.js with videojs-contrib-eme: the callback of <c>getLicense</c> gets the error.</item>
/// <item>FairPlay in Safari: the page's own request sees the status; nothing may be given to <c>update()</c>.</item>
/// </list>
/// </remarks>
public sealed record Refusal(string Reason, string Detail)
{
    /// <summary>The audit log cannot be written.</summary>
    internal static Refusal Unrecorded { get; } = new(ReasonCodes.AuditUnavailable, "The licence could not be recorded, so none was granted.") { RetryAfter = TimeSpan.FromSeconds(5) };

    /// <summary>When it is worth asking again, for <c>Retry-After</c>; null where asking again changes nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of <c>rate.limited</c>: it is the node that is asked too much (503), not this player that asks too often (429).</summary>
    public bool IsOverload { get; init; }

    public int Status => Reason switch
    {
        ReasonCodes.RateLimited when IsOverload => StatusCodes.Status503ServiceUnavailable,
        ReasonCodes.TokenMissing or ReasonCodes.TokenInvalid or ReasonCodes.TokenExpired or ReasonCodes.TokenReplayed => StatusCodes.Status401Unauthorized,
        ReasonCodes.ContentUnknown or ReasonCodes.KeyUnknown or ReasonCodes.SessionUnknown => StatusCodes.Status404NotFound,
        ReasonCodes.ChallengeMalformed or ReasonCodes.ChallengeUnsupported => StatusCodes.Status400BadRequest,
        ReasonCodes.RateLimited => StatusCodes.Status429TooManyRequests,
        ReasonCodes.UpstreamRefused => StatusCodes.Status502BadGateway,
        ReasonCodes.UpstreamTimeout => StatusCodes.Status504GatewayTimeout,
        ReasonCodes.UpstreamUnavailable or ReasonCodes.AuditUnavailable => StatusCodes.Status503ServiceUnavailable,
        ReasonCodes.Internal => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status403Forbidden,
    };

    /// <summary>
    /// The <c>StatusCode</c> of a PlayReady fault. Clients act on most of these codes by themselves (they join a domain, they
    /// individualise), so everything that is our own reason goes out as 0x8004c604, service-specific.
    /// </summary>
    public uint PlayReadyFault => Reason switch
    {
        ReasonCodes.ChallengeMalformed => 0x8004c601,
        ReasonCodes.ChallengeUnsupported => 0x8004c60b,
        ReasonCodes.DeviceRevoked => 0x8004c065,
        ReasonCodes.DeviceLimit => 0x8004c602,
        ReasonCodes.Internal => 0x8004c600,
        _ => 0x8004c604,
    };

    /// <summary>What the viewer or the app can do about it: one word in the problem document, so that an app need not know every reason.</summary>
    public string Advice => Reason switch
    {
        ReasonCodes.TokenMissing or ReasonCodes.TokenInvalid or ReasonCodes.TokenExpired or ReasonCodes.TokenReplayed => "new_token",
        ReasonCodes.EntitlementNone or ReasonCodes.EntitlementExpired => "buy",
        ReasonCodes.EntitlementSuspended => "contact_support",
        ReasonCodes.DeviceLevel or ReasonCodes.DeviceRevoked or ReasonCodes.DeviceOutput => "other_device",
        ReasonCodes.DeviceLimit => "remove_device",
        ReasonCodes.StreamLimit => "stop_other_stream",
        ReasonCodes.DealNotOpen or ReasonCodes.RateLimited => "wait",
        ReasonCodes.UpstreamTimeout or ReasonCodes.UpstreamUnavailable or ReasonCodes.UpstreamRefused or ReasonCodes.AuditUnavailable or ReasonCodes.Internal => "retry",
        ReasonCodes.ChallengeMalformed or ReasonCodes.ChallengeUnsupported => "fix_player",
        _ => "none",
    };

    /// <summary>The refusal for a decision that granted nothing.</summary>
    public static Refusal From(string reason) => new(reason, reason switch
    {
        ReasonCodes.EntitlementNone => "No plan of this subscriber covers this title.",
        ReasonCodes.EntitlementExpired => "The plan that covered this title has ended.",
        ReasonCodes.EntitlementSuspended => "The subscription is suspended.",
        ReasonCodes.DealNone => "No deal covers this title.",
        ReasonCodes.DealNotOpen => "This title is not available yet.",
        ReasonCodes.DealClosed => "This title is no longer available.",
        ReasonCodes.DealTerritory => "This title is not available in this country.",
        ReasonCodes.DealUse => "This title is not available for this use.",
        ReasonCodes.DeviceLevel => "The security level of this device is too low for every key that was asked for.",
        ReasonCodes.DeviceRevoked => "This device is revoked.",
        ReasonCodes.DeviceLimit => "The account has as many devices as it may have.",
        ReasonCodes.DeviceOutput => "The output of this device is not protected enough.",
        ReasonCodes.StreamLimit => "The account has as many streams running as it may have.",
        _ => "The licence was refused.",
    });
}
