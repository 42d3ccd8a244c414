using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>Says a grant in FairPlay's words.</summary>
internal static class TermsOfGrant
{
    /// <exception cref="UpstreamException">With <c>device.output</c>: the device cannot be held to the output rule.</exception>
    public static CkcTerms For(LicenseGrant grant, VaultKey key, SpcFacts facts)
    {
        var granted = grant.DecisionOn(key.KeyId);
        var terms = new CkcTerms
        {
            ContentType = ContentTypeFor(granted),
            Hdcp = HdcpFor(granted.Output.Hdcp),
            RequiredLevel = facts.Device.EnforcesLevels ? LevelFor(granted) : null,
        };
        if (terms.Hdcp == HdcpRequirement.Type1 && facts.Device is { Capabilities: not null, EnforcesHdcpType1: false })
            throw new UpstreamException(ReasonCodes.DeviceOutput, "The device cannot be held to HDCP 2.2, which this key asks for.");
        return grant.Decision.Persistent ? terms with { Offline = OfflineFor(grant, key) } : Streaming(terms, grant.Decision);
    }

    /// <summary>
    /// Apple's server software applies rules of its own to a content type (UHD: Main and HDCP type 1; HD: Baseline and HDCP) and refuses what
    /// asks for less. So a key is named by what the decision asks of the device, not by its picture: the picture was judged before.
    /// </summary>
    private static string ContentTypeFor(KeyDecision granted) => granted switch
    {
        { Track: TrackType.Audio } => "audio",
        { Output: { MinimumLevel: SecurityLevel.Hardware, Hdcp: > HdcpVersion.V1 } } => "uhd",
        { Output: { MinimumLevel: >= SecurityLevel.HardwareCrypto, Hdcp: > HdcpVersion.None } } => "hd",
        _ => "sd",
    };

    /// <summary>FairPlay has no HDCP 2.0 and 2.1 of their own: what asks for more than 1 gets the next that there is.</summary>
    private static HdcpRequirement HdcpFor(HdcpVersion version) => version switch
    {
        HdcpVersion.None => HdcpRequirement.None,
        HdcpVersion.V1 => HdcpRequirement.Type0,
        _ => HdcpRequirement.Type1,
    };

    private static ulong? LevelFor(KeyDecision granted) => granted.Output.MinimumLevel switch
    {
        SecurityLevel.Hardware => CkcTags.LevelMain,
        SecurityLevel.HardwareCrypto => CkcTags.LevelBaseline,
        _ => granted.Track == TrackType.Audio ? CkcTags.LevelAudio : null,
    };

    /// <summary>A lease ends playback, so it is the shortest of what limits playback; a rental is the time in which it has to begin.</summary>
    private static CkcTerms Streaming(CkcTerms terms, Decision decision)
    {
        var lease = Math.Min(decision.LicenseSeconds, Math.Min(decision.PlaybackSeconds ?? long.MaxValue, decision.RenewSeconds ?? long.MaxValue));
        return terms with { LeaseSeconds = Seconds(lease), RentalSeconds = decision.RentalSeconds is { } rental ? Seconds(rental) : null };
    }

    /// <summary>
    /// The names are the same for every device and every time, so that a device finds a key that it keeps; they say nothing about the title. Once
    /// playback has begun only its own limit counts on the device, so there is one even where the decision has none: 0 would be for ever.
    /// </summary>
    private static OfflineTerms OfflineFor(LicenseGrant grant, VaultKey key) => new(
        Seconds(Math.Min(grant.Decision.LicenseSeconds, grant.Decision.RentalSeconds ?? long.MaxValue)),
        Seconds(Math.Min(grant.Decision.LicenseSeconds, grant.Decision.PlaybackSeconds ?? long.MaxValue)),
        key.KeyId.ToByteArray(),
        SHA256.HashData(Encoding.UTF8.GetBytes(key.ContentId)).AsMemory(0, 16));

    /// <summary>The largest number means "no limit" to devices, and 0 "for ever": neither is what a duration becomes.</summary>
    private static uint Seconds(long seconds) => (uint)Math.Clamp(seconds, 1, uint.MaxValue - 1);
}
