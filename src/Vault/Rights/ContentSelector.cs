namespace DrmHub.Vault.Rights;

/// <summary>
/// Which content a deal covers: a content id by name, or every id with a prefix, written <c>prefix*</c>. A lone <c>*</c> covers all.
/// Comparison is ordinal: content ids are opaque.
/// </summary>
public sealed record ContentSelector
{
    /// <summary>Patterns; a deal covers what any of them matches.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    public bool Covers(string contentId)
    {
        foreach (var pattern in Patterns)
        {
            if (pattern.EndsWith('*')
                    ? contentId.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
                    : string.Equals(pattern, contentId, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
