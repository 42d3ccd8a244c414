namespace DrmHub.Vault.Catalogue;

/// <summary>What becomes durable together, or not at all.</summary>
public sealed record CatalogueChange
{
    public IReadOnlyList<CatalogueWrite> Writes { get; init; } = [];

    public IReadOnlyList<CatalogueRemoval> Removals { get; init; } = [];
}

/// <summary>Why a change was not made. Nothing of it was.</summary>
public enum CatalogueConflict
{
    /// <summary>Somebody else changed the item since it was read.</summary>
    Version,

    /// <summary>Another item of this kind has the identifier.</summary>
    Identifier,

    /// <summary>The item names one that does not exist.</summary>
    Reference,

    /// <summary>Other items name or belong to what was to be removed.</summary>
    InUse,

    /// <summary>An item of another kind has this id.</summary>
    Kind,
}

/// <summary>A change that does not fit what is stored.</summary>
public sealed class CatalogueConflictException(CatalogueConflict conflict, string id, string message) : Exception(message)
{
    public CatalogueConflict Conflict { get; } = conflict;

    /// <summary>The item that the message speaks of.</summary>
    public string Id { get; } = id;
}
