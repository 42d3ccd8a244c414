namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>FairPlay at this hub. Read once at start, then immutable.</summary>
public sealed record FairPlayOptions
{
    /// <summary>What <c>GET /license/fairplay/certificate</c> answers: a certificate in DER, or a bundle of several; null for none.</summary>
    public ReadOnlyMemory<byte>? Published { get; init; }

    /// <summary>
    /// Macs whose kernel extension deny list is older count as <c>Software</c>. Default 31, the version that Apple's own business rules ask for.
    /// </summary>
    public uint MinimumDenyList { get; init; } = 31;

    /// <summary>Opens SPCs; null where FairPlay is not configured.</summary>
    internal Ksm.IKeyModule? Module { get; init; }
}
