using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy;

/// <summary>Why a licence was refused: a stable reason code, and a sentence for whoever reads the answer. It names no other title and no secret.</summary>
public sealed record Refusal(string Reason, string Detail)
{
    /// <summary>The HTTP status of each reason; the one place that maps them.</summary>
    public int Status => Reason switch
    {
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
        _ => "The licence was refused.",
    });
}
