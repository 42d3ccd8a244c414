using DrmHub.Cenc;

namespace DrmHub.KeyService.Speke;

/// <summary>Which scheme goes with which system.</summary>
internal static class SpekeSchemes
{
    /// <summary>The four schemes of ISO/IEC 23001-7, and from v2.1 on the methods of HLS (RFC 8216, 4.3.2.4).</summary>
    public static bool IsKnown(string scheme, SpekeVersion version) => scheme switch
    {
        "cenc" or "cbc1" or "cens" or "cbcs" => true,
        "AES-128" or "SAMPLE-AES" or "SAMPLE-AES-CTR" => version == SpekeVersion.V21,
        _ => false,
    };

    public static bool Fits(string scheme, DrmSystem system) => system switch
    {
        DrmSystem.FairPlay => scheme is "cbcs" or "SAMPLE-AES",
        DrmSystem.Aes128 => scheme is "cbc1" or "AES-128",
        DrmSystem.PlayReady => scheme is "cenc" or "cbcs" or "SAMPLE-AES" or "SAMPLE-AES-CTR",
        DrmSystem.Widevine => scheme is not "AES-128",
        DrmSystem.ClearKey => true,
        _ => false,
    };
}
