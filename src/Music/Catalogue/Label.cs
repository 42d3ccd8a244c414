using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>A record label.</summary>
public sealed record Label : CatalogueItem
{
    public IReadOnlyList<LocalText> Names { get; init; } = [];

    /// <summary>Its DDEX party id, <c>PADPIDA…</c>.</summary>
    public string? PartyId { get; init; }

    internal override string Kind => "label";

    internal override IEnumerable<CatalogueIdentifier> Identifiers => PartyId is null ? [] : [new CatalogueIdentifier("dpid", PartyId, Scope)];

    internal override void Check(ItemCheck check)
    {
        check.Texts(Names, "names");
        check.Require(PartyId is null || MusicIds.IsPartyId(PartyId), "partyId is PADPIDA, ten letters or digits and a check character (ISO 7064 MOD 37,36).");
    }
}
