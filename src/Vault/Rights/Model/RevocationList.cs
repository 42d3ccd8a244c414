namespace DrmHub.Vault.Rights;

/// <summary>Devices and apps that get no licence. There may be several lists (the vendor's, the operator's): all of them count.</summary>
public sealed record RevocationList
{
    public required string Id { get; init; }

    /// <summary>The version that the list's author gave it, which decisions stamp; null means a digest of what it says.</summary>
    public string? Version { get; init; }

    /// <summary>Widevine system ids.</summary>
    public IReadOnlySet<long> SystemIds { get; init; } = new HashSet<long>();

    /// <summary>Serial numbers of device certificates, in hex without separators; compared without regard to case.</summary>
    public IReadOnlySet<string> CertificateSerials { get; init; } = new HashSet<string>();

    /// <summary>Ids of apps: package names, bundle ids, origins.</summary>
    public IReadOnlySet<string> AppIds { get; init; } = new HashSet<string>();
}
