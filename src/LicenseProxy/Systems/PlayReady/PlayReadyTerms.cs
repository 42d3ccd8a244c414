using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>The decision in PlayReady's words: one licence for each key.</summary>
/// <param name="Level">Minimum security level: 150, 2000 or 3000.</param>
/// <param name="VideoOutput">Minimum protection of uncompressed digital video (Compliance Rules, 3.6.5): 100 for none, 300 for HDCP; null for audio.</param>
/// <param name="HdcpType1">HDCP 2.2 and newer, for what no older sink may show.</param>
/// <param name="IsCbc">The key is for AES-CBC (cbc1, cbcs), which PlayReady 4 clients know.</param>
internal sealed record PlayReadyTerms(VaultKey Key, int Level, int? VideoOutput, bool HdcpType1, bool IsCbc)
{
    public const string HdcpType1Id = "ABB2C6F1-E663-4625-A945-972D17B231E7";

    /// <summary>How far a client's clock may be behind: the begin date lies that much before now.</summary>
    public static readonly TimeSpan BeginBefore = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<PlayReadyTerms> Of(LicenseGrant grant) => [.. grant.Keys.Select(key =>
    {
        var terms = KeyTerms.Of(grant, key);
        int? video = terms.Track == TrackType.Audio ? null : terms.Hdcp == HdcpVersion.None ? 100 : 300;
        return new PlayReadyTerms(key, LevelFor(terms.MinimumLevel), video, video is not null && terms.Hdcp >= HdcpVersion.V2_2, !key.Scheme.IsCounterMode());
    })];

    /// <summary>PlayReady has one level below hardware and one above, so that what needs more than software needs 3000.</summary>
    public static int LevelFor(SecurityLevel minimum) => minimum switch
    {
        SecurityLevel.None => 150,
        SecurityLevel.Software => 2000,
        _ => 3000,
    };
}
