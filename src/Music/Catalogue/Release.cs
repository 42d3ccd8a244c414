using System.Text.Json.Serialization;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>Whether listeners are warned of the words.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ParentalWarning>))]
public enum ParentalWarning
{
    Unknown,
    NotExplicit,
    Edited,
    Explicit,
}

/// <summary>What a label brings out together: an album, a single, an EP. Its tracks are items of their own.</summary>
public sealed record Release : CatalogueItem
{
    /// <summary>UPC-A, EAN-13 or GTIN-14, digits with a right check digit.</summary>
    public string? Upc { get; init; }

    /// <summary>Global Release Identifier: 18 characters from <c>A1</c> to the check character, without hyphens.</summary>
    public string? Grid { get; init; }

    /// <summary>Names of the licensor's own, as <c>namespace:value</c>.</summary>
    public IReadOnlyList<string> ProprietaryIds { get; init; } = [];

    public string? CatalogNumber { get; init; }

    /// <summary>As DDEX calls it: <c>Album</c>, <c>Single</c>, <c>EP</c>.</summary>
    public string Type { get; init; } = "Album";

    public IReadOnlyList<LocalText> Titles { get; init; } = [];

    public IReadOnlyList<LocalText> Subtitles { get; init; } = [];

    /// <summary>The line under the title; empty where it is put together from <see cref="Artists"/>.</summary>
    public IReadOnlyList<LocalText> DisplayArtists { get; init; } = [];

    public IReadOnlyList<ArtistCredit> Artists { get; init; } = [];

    public string? LabelId { get; init; }

    public string? PLine { get; init; }

    public string? CLine { get; init; }

    public DateOnly? ReleaseDate { get; init; }

    public DateOnly? OriginalReleaseDate { get; init; }

    public IReadOnlyList<string> Genres { get; init; } = [];

    public ParentalWarning ParentalWarning { get; init; }

    /// <summary>Address or name of the cover file.</summary>
    public string? Artwork { get; init; }

    public IReadOnlyList<string> Ragas { get; init; } = [];

    public IReadOnlyList<string> Talas { get; init; } = [];

    public IReadOnlyList<string> Deities { get; init; } = [];

    internal override string Kind => "release";

    /// <summary>Two licensors may deliver the same release for different countries: an identifier is unique within its licensor.</summary>
    internal override IEnumerable<CatalogueIdentifier> Identifiers
    {
        get
        {
            if (Upc is not null) yield return new CatalogueIdentifier("upc", MusicIds.PadGtin(Upc), Scope);
            if (Grid is not null) yield return new CatalogueIdentifier("grid", Grid, Scope);
            foreach (var id in ProprietaryIds) yield return new CatalogueIdentifier("proprietary", id, Scope);
        }
    }

    internal override IEnumerable<string> Links => Artists.Select(credit => credit.ArtistId).Append(LabelId).OfType<string>();

    internal override void Check(ItemCheck check)
    {
        check.Texts(Titles, "titles");
        check.Texts(Subtitles, "subtitles", required: false);
        check.Texts(DisplayArtists, "displayArtists", required: false);
        check.Text(Type, "type", 100);
        check.Require(Upc is null || MusicIds.IsGtin(Upc), "upc is 12 to 14 digits with a right check digit (GTIN).");
        check.Require(Grid is null || MusicIds.IsGrid(Grid), "grid is A1, 15 letters or digits and a check character (ISO 7064 MOD 37,36).");
        check.Count(ProprietaryIds.Count, "proprietaryIds", 20);
        foreach (var id in ProprietaryIds.Take(20)) check.Text(id, "proprietaryIds", 200);
        check.OptionalText(CatalogNumber, "catalogNumber", 100);
        check.Count(Artists.Count, "artists");
        foreach (var credit in Artists.Take(ItemCheck.MaxItems)) credit.Check(check, "artists");
        check.OptionalId(LabelId, "labelId");
        check.OptionalText(PLine, "pLine");
        check.OptionalText(CLine, "cLine");
        check.Count(Genres.Count, "genres", 20);
        foreach (var text in Genres.Concat(Ragas).Concat(Talas).Concat(Deities).Take(200)) check.Text(text, "genres, ragas, talas, deities", 200);
        check.OptionalText(Artwork, "artwork", 2000);
    }
}
