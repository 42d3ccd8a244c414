using System.Text.Json.Serialization;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>
/// Anything that the catalogue holds. An id is 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, chosen by the client or made by the hub, and no
/// two items of any kind share one.
/// </summary>
public abstract record CatalogueItem
{
    public string Id { get; init; } = "";

    /// <summary>Who delivered it: a party id (DPID) or a name of the operator's. Identifiers that only one party guarantees are unique within it.</summary>
    public string? Licensor { get; init; }

    /// <summary>The number of the last change; the ETag. What a client sends here is ignored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Version { get; init; }

    internal abstract string Kind { get; }

    /// <summary>The item that this one belongs to, which cannot be removed before it.</summary>
    internal virtual string? Parent => null;

    internal virtual long Position => 0;

    internal virtual IEnumerable<CatalogueIdentifier> Identifiers => [];

    /// <summary>Other items that this one names.</summary>
    internal virtual IEnumerable<string> Links => [];

    /// <summary>Says everything that is wrong with the item by itself.</summary>
    internal abstract void Check(ItemCheck check);

    private protected string Scope => Licensor ?? "";
}
