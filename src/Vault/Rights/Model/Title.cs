namespace DrmHub.Vault.Rights;

/// <summary>What is known of a content id beside its keys. A content id needs none to be granted.</summary>
public sealed record Title
{
    /// <summary>The content id that packagers and deals name.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Ids of the collections that it belongs to, beside those whose own selector covers it.</summary>
    public IReadOnlyList<string> Collections { get; init; } = [];
}

/// <summary>A named group of titles: a season, a catalogue, a package of films.</summary>
public sealed record Collection
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Ids and prefixes that belong to it, beside the titles that name it.</summary>
    public ContentSelector Content { get; init; } = new();
}
