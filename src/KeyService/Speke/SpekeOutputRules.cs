using System.Text;
using System.Xml;
using DrmHub.Cenc;

namespace DrmHub.KeyService.Speke;

/// <summary>
/// What SPEKE v2.1 lets a key server announce about a key: HDCP for manifests, and how robust a device should be. It follows the default
/// caps of the licence side: software up to 720p, a crypto processor up to 1080p, a secure path above. Announcements only: a licence
/// decides by the device in front of it. A key with an open range counts as the top, and one for audio as the bottom.
/// </summary>
internal sealed record SpekeOutputRules(string HlsHdcpLevel, string? DashHdcpVersion, string Widevine, string PlayReady, string FairPlay)
{
    private const string DashNamespace = "urn:mpeg:dash:schema:mpd:2011";
    private const string DashHdcp = "urn:mpeg:dash:output-protection:hdcp:2020"; // ISO/IEC 23009-1, 5.8.5.14
    private const long Max720p = 921_600;
    private const long Max1080p = 2_073_600;

    private static readonly SpekeOutputRules s_software = new("NONE", null, "SW_SECURE_CRYPTO", "2000", "AppleBaseline");
    private static readonly SpekeOutputRules s_crypto = new("TYPE-0", "1.0", "HW_SECURE_CRYPTO", "3000", "AppleBaseline");
    private static readonly SpekeOutputRules s_hardware = new("TYPE-1", "2.2", "HW_SECURE_ALL", "3000", "AppleMain");

    public static SpekeOutputRules For(SpekeTrackRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        if (!range.IsVideo) return s_software;
        return range.MaxPixels switch
        {
            <= Max720p => s_software,
            <= Max1080p => s_crypto,
            _ => s_hardware,
        };
    }

    /// <summary>The <c>OutputProtection</c> descriptor for a DASH manifest, as UTF-8; null where no HDCP is asked for.</summary>
    public byte[]? ToDash()
    {
        if (DashHdcpVersion is null) return null;
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true }))
        {
            writer.WriteStartElement("OutputProtection", DashNamespace);
            writer.WriteAttributeString("schemeIdUri", DashHdcp);
            writer.WriteAttributeString("value", DashHdcpVersion);
            writer.WriteEndElement();
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary><c>ContentProtectionData@robustness</c>, in the words of the system; null for a system without any.</summary>
    public string? RobustnessOf(DrmSystem system) => system switch
    {
        DrmSystem.Widevine => Widevine,
        DrmSystem.PlayReady => PlayReady,
        _ => null,
    };

    /// <summary><c>DRMSystem@HLSAllowedCPC</c>: key format, colon, label (HLS, ALLOWED-CPC); null for a system without labels.</summary>
    public string? AllowedCpcOf(DrmSystem system) => system switch
    {
        DrmSystem.Widevine => "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed:" + Widevine,
        DrmSystem.PlayReady => "com.microsoft.playready:" + PlayReady,
        DrmSystem.FairPlay => "com.apple.streamingkeydelivery:" + FairPlay,
        _ => null,
    };
}
