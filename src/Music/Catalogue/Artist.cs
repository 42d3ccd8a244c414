using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>A person or a group under the name that listeners know.</summary>
public sealed record Artist : CatalogueItem
{
    /// <summary>In several languages and scripts.</summary>
    public IReadOnlyList<LocalText> Names { get; init; } = [];

    /// <summary>ISO 27729, 16 characters without spaces.</summary>
    public string? Isni { get; init; }

    /// <summary>Names of the licensor's own, as <c>namespace:value</c>.</summary>
    public IReadOnlyList<string> ProprietaryIds { get; init; } = [];

    internal override string Kind => "artist";

    internal override IEnumerable<CatalogueIdentifier> Identifiers =>
        ProprietaryIds.Select(id => new CatalogueIdentifier("proprietary", id, Scope)).Concat(Isni is null ? [] : [new CatalogueIdentifier("isni", Isni, Scope)]);

    internal override void Check(ItemCheck check)
    {
        check.Texts(Names, "names");
        check.Require(Isni is null || MusicIds.IsIsni(Isni), "isni is 16 characters with a right check character (ISO 7064 MOD 11-2).");
        check.Count(ProprietaryIds.Count, "proprietaryIds", 20);
        foreach (var id in ProprietaryIds.Take(20)) check.Text(id, "proprietaryIds", 200);
    }
}
