namespace DrmHub.Vault.Catalogue;

/// <summary>What the world calls an item, unique among items of its kind.</summary>
/// <param name="Scheme">For example <c>isrc</c>.</param>
/// <param name="Value">Canonical: the same name is the same text.</param>
/// <param name="Scope">Who gave the name; empty where it is unique in the world.</param>
public readonly record struct CatalogueIdentifier(string Scheme, string Value, string Scope = "");

/// <summary>An item to insert or replace.</summary>
public sealed record CatalogueWrite
{
    public required string Id { get; init; }

    public required string Kind { get; init; }

    public string? Parent { get; init; }

    public long Position { get; init; }

    public string? Licensor { get; init; }

    public required string Body { get; init; }

    public IReadOnlyCollection<CatalogueIdentifier> Identifiers { get; init; } = [];

    /// <summary>Ids of items that this one names; each must exist when the commit ends.</summary>
    public IReadOnlyCollection<string> Links { get; init; } = [];

    /// <summary>The version that the caller saw; 0 where the item must be new; null where any will do.</summary>
    public long? ExpectedVersion { get; init; }
}

/// <summary>An item to remove, as it was seen.</summary>
public sealed record CatalogueRemoval(string Id, string Kind, long? ExpectedVersion = null);
