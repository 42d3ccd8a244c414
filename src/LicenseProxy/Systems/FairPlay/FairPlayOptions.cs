namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>FairPlay at this hub. Read once at start (<see cref="FairPlaySettings"/>), then immutable.</summary>
public sealed record FairPlayOptions
{
    /// <summary>What <c>GET /license/fairplay/certificate</c> answers: a certificate in DER, or a bundle of several; null for none.</summary>
    public ReadOnlyMemory<byte>? Published { get; init; }

    /// <summary>
    /// Macs whose kernel extension deny list is older count as <c>Software</c>. Default 31, the version that Apple's own business rules ask for.
    /// </summary>
    public uint MinimumDenyList { get; init; } = 31;

    /// <summary>Whether key security modules outside know <c>get-client-info</c>. Default true.</summary>
    public bool ClientInfo { get; init; } = true;

    /// <summary>The hub's own module; null where it is not configured.</summary>
    internal Ksm.KeySecurityModule? Module { get; init; }
}
