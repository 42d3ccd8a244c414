namespace DrmHub.Vault.Rights;

/// <summary>The stable reason codes of refusals, as they stand in problem documents and in the audit log.</summary>
public static class ReasonCodes
{
    public const string TokenMissing = "token.missing";
    public const string TokenInvalid = "token.invalid";
    public const string TokenExpired = "token.expired";
    public const string TokenReplayed = "token.replayed";
    public const string ContentUnknown = "content.unknown";
    public const string KeyUnknown = "key.unknown";
    public const string ChallengeMalformed = "challenge.malformed";
    public const string ChallengeUnsupported = "challenge.unsupported";
    public const string EntitlementNone = "entitlement.none";
    public const string EntitlementExpired = "entitlement.expired";
    public const string EntitlementSuspended = "entitlement.suspended";
    public const string DealNone = "deal.none";
    public const string DealNotOpen = "deal.not_open";
    public const string DealClosed = "deal.closed";
    public const string DealTerritory = "deal.territory";
    public const string DealUse = "deal.use";
    public const string DeviceLevel = "device.level";
    public const string DeviceRevoked = "device.revoked";
    public const string DeviceLimit = "device.limit";
    public const string DeviceOutput = "device.output";
    public const string StreamLimit = "stream.limit";
    public const string SessionUnknown = "session.unknown";
    public const string RateLimited = "rate.limited";
    public const string UpstreamTimeout = "upstream.timeout";
    public const string UpstreamRefused = "upstream.refused";
    public const string UpstreamUnavailable = "upstream.unavailable";
    public const string AuditUnavailable = "audit.unavailable";
    public const string Internal = "internal";
}
