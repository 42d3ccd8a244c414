namespace DrmHub.Vault.Rights;

/// <summary>
/// One scale for how well a device guards keys and decoded pictures, so that a policy is written once for all DRM systems.
/// Ordered: a higher value never allows less. An unknown or missing level is the lowest of its system.
/// </summary>
public enum SecurityLevel
{
    /// <summary>The key reaches the page in the clear: Clear Key, HLS AES-128, PlayReady test devices (150).</summary>
    None = 0,

    /// <summary>Widevine L3, PlayReady SL2000, FairPlay without a report.</summary>
    Software = 1,

    /// <summary>Widevine L2, FairPlay Baseline.</summary>
    HardwareCrypto = 2,

    /// <summary>Widevine L1, PlayReady SL3000, FairPlay Main.</summary>
    Hardware = 3,
}
