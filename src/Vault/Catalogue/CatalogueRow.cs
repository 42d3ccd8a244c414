namespace DrmHub.Vault.Catalogue;

/// <summary>One item of the catalogue as it is stored.</summary>
public sealed class CatalogueRow
{
    public string Id { get; init; } = "";

    public string Kind { get; init; } = "";

    /// <summary>The id of the item that it belongs to: a track's release, an episode's show.</summary>
    public string? Parent { get; init; }

    /// <summary>Its place under the parent.</summary>
    public long Position { get; init; }

    /// <summary>Who delivered it.</summary>
    public string? Licensor { get; init; }

    /// <summary>1 for a new item, one more with each change.</summary>
    public long Version { get; init; }

    /// <summary>The number of the commit that changed it last.</summary>
    public long Changed { get; init; }

    /// <summary>UTC milliseconds.</summary>
    public long UpdatedMs { get; init; }

    /// <summary>1 where the item was removed; the body is empty then.</summary>
    public long Removed { get; init; }

    /// <summary>JSON.</summary>
    public string Body { get; init; } = "";
}
