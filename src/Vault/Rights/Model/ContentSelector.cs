namespace DrmHub.Vault.Rights;

/// <summary>
/// Which content something covers: content ids by name, every id with a prefix (<c>prefix*</c>; a lone <c>*</c> is all), and the
/// titles of collections. Comparison is ordinal: content ids are opaque.
/// </summary>
public sealed record ContentSelector
{
    /// <summary>Ids and prefixes; any that matches is enough.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>Ids of <see cref="Collection"/>s. Inside a collection's own selector there are none: collections do not nest.</summary>
    public IReadOnlyList<string> Collections { get; init; } = [];

    /// <summary>Whether one of the patterns covers the content. Collections are the index's business: see <see cref="RightsSnapshot"/>.</summary>
    public bool Covers(string contentId)
    {
        ArgumentNullException.ThrowIfNull(contentId);
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
