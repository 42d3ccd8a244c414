using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>A record label.</summary>
public sealed record Label : CatalogueItem
{
    public IReadOnlyList<LocalText> Names { get; init; } = [];

    /// <summary>Its DDEX party id, <c>PADPIDA…</c>.</summary>
    public string? PartyId { get; init; }

    internal override string Kind => "label";

    /// <summary>A label without a party id is known by its first name within its licensor.</summary>
    internal override IEnumerable<CatalogueIdentifier> Identifiers =>
        PartyId is not null ? [new CatalogueIdentifier("dpid", PartyId, Scope)] : Licensor is not null && Names.Count > 0 ? [new CatalogueIdentifier("name", Names[0].Value.ToLowerInvariant(), Scope)] : [];

    internal override void Check(ItemCheck check)
    {
        check.Texts(Names, "names");
        check.Require(PartyId is null || MusicIds.IsPartyId(PartyId), "partyId is PADPIDA, ten letters or digits and a check character (ISO 7064 MOD 37,36).");
    }
}
