namespace DrmHub.LicenseProxy;

/// <summary>A licence as the player gets it.</summary>
/// <param name="Body">The answer's bytes; nobody changes them afterwards.</param>
/// <param name="ContentType">For example <c>application/octet-stream</c>.</param>
public sealed record LicenseAnswer(ReadOnlyMemory<byte> Body, string ContentType)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>The name of the upstream that wrote it; null where the hub did.</summary>
    public string? Upstream { get; init; }

    /// <summary>Public facts for the audit entry; no key, no token, nothing about a person.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = None;
}
