using DrmHub.KeyService.WidevineKeys;

namespace DrmHub.KeyService;

/// <summary>Who may ask for keys. Built once at start from the configuration, then immutable.</summary>
public sealed class KeyServiceOptions
{
    /// <summary>Signing credentials of the Widevine packager API.</summary>
    public IReadOnlyList<WidevineSigner> Signers { get; set; } = [];

    /// <summary>Development only: unsigned key requests from this machine are answered.</summary>
    public bool AllowUnsignedFromLoopback { get; set; }
}
