using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Packagers;

/// <summary>Someone who asks for keys, and what they may have.</summary>
public sealed record Packager
{
    public const int MaxNameLength = 64;
    public const int MaxPatterns = 64;
    public const int MaxRate = 100_000;

    /// <summary>Default <see cref="Rate"/>.</summary>
    public const int DefaultRate = 50;

    /// <summary>1 to 64 of <c>A–Z a–z 0–9 . _ -</c>; compared byte by byte. The user name of Basic and Digest, the signer of the Widevine API.</summary>
    public required string Name { get; init; }

    /// <summary>Content ids that it may ask for: each whole, or a prefix that ends in <c>*</c>. Empty means any.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Systems that it may ask signalling for. Empty means any.</summary>
    public IReadOnlyList<DrmSystem> Systems { get; init; } = [];

    /// <summary>Whether it may have keys in the clear. Where not, it gets them encrypted to a certificate or not at all. Default true.</summary>
    public bool PlainKeys { get; init; } = true;

    /// <summary>Requests a second over all nodes, 1 to 100,000; a second's worth may come at once. Default 50.</summary>
    public int Rate { get; init; } = DefaultRate;

    /// <summary>DER of the certificate that its keys are encrypted to; null for none.</summary>
    public byte[]? Certificate { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when nothing that it brings is accepted any more; null while it is.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    public bool MayAskFor(string contentId)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        return Patterns.Count == 0 || Patterns.Any(pattern => pattern.EndsWith('*') ? contentId.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : contentId == pattern);
    }

    /// <param name="system">Null for a system that is not known here: no limited packager may ask for that.</param>
    public bool MayAskFor(DrmSystem? system) => Systems.Count == 0 || (system is { } known && Systems.Contains(known));

    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaxNameLength } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <exception cref="ArgumentException">With everything that is outside its range.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (!IsName(Name)) errors.Add($"A packager's name is 1 to {MaxNameLength} letters, digits, dots, underscores and hyphens.");
        if (Name is "loopback" or "unnamed") errors.Add($"{Name} is a name that the audit log uses itself.");
        if (Patterns.Count > MaxPatterns) errors.Add($"There are at most {MaxPatterns} content patterns.");
        foreach (var pattern in Patterns)
        {
            var star = pattern.IndexOf('*', StringComparison.Ordinal);
            if (!KeyStore.IsValidContentId(pattern)) errors.Add("A content pattern is a content id, or a prefix of one and a star.");
            else if (star >= 0 && star != pattern.Length - 1) errors.Add($"The star in {pattern} is not at its end.");
        }

        if (Rate is < 1 or > MaxRate) errors.Add($"The rate is 1 to {MaxRate} requests a second.");
        if (errors.Count > 0) throw new ArgumentException(string.Join(' ', errors));
    }
}
