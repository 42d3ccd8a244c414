using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What a licence as a whole says: read out of the decision once, for every DRM system and vendor alike.</summary>
/// <param name="LicenseSeconds">From now; never 0, which licence services read as no limit.</param>
/// <param name="PlaybackSeconds">From the first play; null for no limit.</param>
/// <param name="RentalSeconds">From now, in which playback may start; null for no limit.</param>
/// <param name="RenewSeconds">After which the player asks again; null for never.</param>
/// <param name="Persistent">The device may keep it.</param>
internal sealed record LicenseTerms(long LicenseSeconds, long? PlaybackSeconds, long? RentalSeconds, long? RenewSeconds, bool Persistent)
{
    public const long RenewRetrySeconds = 10;

    /// <summary>In place of a device's level, where the upstream checks it and does not tell.</summary>
    public const string LevelKeptByUpstream = "kept by the upstream";

    public static readonly IReadOnlyDictionary<string, string> NoDetails = new Dictionary<string, string>();

    public static LicenseTerms Of(LicenseGrant grant)
    {
        var decision = grant.Decision;
        return new LicenseTerms(
            Math.Max(decision.LicenseSeconds, 1),
            Positive(decision.PlaybackSeconds),
            Positive(decision.RentalSeconds),
            Positive(decision.RenewSeconds),
            decision.Persistent && grant.Question.Use == ContentUse.Download);
    }

    private static long? Positive(long? seconds) => seconds is { } known ? Math.Max(known, 1) : null;
}

/// <summary>What a licence says of one key.</summary>
/// <param name="TrackName">AUDIO, SD, HD, UHD1 or UHD2; UHD2, the top, where the key's label says none.</param>
/// <param name="MinimumLevel">The lowest level at which the key is granted.</param>
internal readonly record struct KeyTerms(string TrackName, TrackType? Track, HdcpVersion Hdcp, SecurityLevel MinimumLevel)
{
    public static KeyTerms Of(LicenseGrant grant, VaultKey key)
    {
        var decision = grant.DecisionOn(key.KeyId);
        return new KeyTerms((decision.Track ?? TrackType.UHD2).ToName(), decision.Track, decision.Output.Hdcp, decision.Output.MinimumLevel);
    }
}
