using DrmHub.KeyService.WidevineKeys;

namespace DrmHub.KeyService;

/// <summary>Who may ask for keys. Built once at start from the configuration, then immutable.</summary>
public sealed class KeyServiceOptions
{
    /// <summary>Signing credentials of the Widevine packager API.</summary>
    public IReadOnlyList<WidevineSigner> Signers { get; set; } = [];

    /// <summary>Names that the Widevine packager API takes as <c>policy</c>; any other is POLICY_UNKNOWN. No policy is always taken.</summary>
    public IReadOnlyList<string> WidevinePolicies { get; set; } = [];

    /// <summary>Development only: unsigned key requests from this machine are answered.</summary>
    public bool AllowUnsignedFromLoopback { get; set; }

    /// <summary>Where players reach the hub, for key URIs in HLS. Null takes the address that the packager used.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>LA_URL in PlayReady headers. Null leaves it out, so that the player's application decides.</summary>
    public string? PlayReadyLicenseUrl { get; set; }
}
