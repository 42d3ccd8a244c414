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
        var track = grant.DecisionOn(key.KeyId).Track;
        var terms = new CkcTerms
        {
            ContentType = track switch { TrackType.Audio => "audio", TrackType.SD => "sd", TrackType.HD => "hd", _ => "uhd" },
            Hdcp = HdcpFor(track),
            RequiredLevel = facts.Device.EnforcesLevels ? LevelFor(track) : null,
        };
        if (terms.Hdcp == HdcpRequirement.Type1 && facts.Device is { Capabilities: not null, EnforcesHdcpType1: false })
            throw new UpstreamException(ReasonCodes.DeviceOutput, "The device cannot be held to HDCP 2.2, which this key asks for.");
        return grant.Question.Use == ContentUse.Download
            ? terms with { Offline = OfflineFor(grant, key) }
            : terms with { LeaseSeconds = Seconds(grant.Decision.LicenseSeconds) };
    }

    private static HdcpRequirement HdcpFor(TrackType? track) => track switch
    {
        TrackType.Audio => HdcpRequirement.None,
        TrackType.SD => HdcpRequirement.Type0,
        TrackType.HD => HdcpRequirement.Type0,
        _ => HdcpRequirement.Type1,
    };

    private static ulong LevelFor(TrackType? track) => track switch
    {
        TrackType.Audio => CkcTags.LevelAudio,
        TrackType.SD or TrackType.HD => CkcTags.LevelBaseline,
        _ => CkcTags.LevelMain,
    };

    /// <summary>The names are the same for every device and every time, so that a device finds a key that it keeps; they say nothing about the title.</summary>
    private static OfflineTerms OfflineFor(LicenseGrant grant, VaultKey key) => new(
        Seconds(grant.Decision.LicenseSeconds), 0, key.KeyId.ToByteArray(), SHA256.HashData(Encoding.UTF8.GetBytes(key.ContentId)).AsMemory(0, 16));

    /// <summary>The largest number means "no limit" to devices, and 0 "for ever": neither is what a duration becomes.</summary>
    private static uint Seconds(long seconds) => (uint)Math.Clamp(seconds, 1, uint.MaxValue - 1);
}
