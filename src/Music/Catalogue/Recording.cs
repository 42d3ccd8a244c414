using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>What is heard: one performance, fixed. Keys, licences and deals hang off it, wherever it stands on releases.</summary>
public sealed record Recording : CatalogueItem
{
    /// <summary>12 characters without hyphens, upper case.</summary>
    public string? Isrc { get; init; }

    /// <summary>Names of the licensor's own, as <c>namespace:value</c>.</summary>
    public IReadOnlyList<string> ProprietaryIds { get; init; } = [];

    public IReadOnlyList<LocalText> Titles { get; init; } = [];

    public IReadOnlyList<LocalText> Subtitles { get; init; } = [];

    public IReadOnlyList<LocalText> DisplayArtists { get; init; } = [];

    public IReadOnlyList<ArtistCredit> Artists { get; init; } = [];

    public IReadOnlyList<Contributor> Contributors { get; init; } = [];

    public long? DurationMs { get; init; }

    /// <summary>Of the words that are sung: BCP 47.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    public ParentalWarning ParentalWarning { get; init; }

    /// <summary>Keep it out of search and recommendations (DDEX DisableSearch).</summary>
    public bool Hidden { get; init; }

    /// <summary>Players do not blend it into its neighbours (DDEX DisableCrossfade).</summary>
    public bool NoCrossfade { get; init; }

    public string? PLine { get; init; }

    public IReadOnlyList<string> Ragas { get; init; } = [];

    public IReadOnlyList<string> Talas { get; init; } = [];

    public IReadOnlyList<string> Deities { get; init; } = [];

    /// <summary>Under which its keys are kept and deals name it. The id, where nothing else was chosen.</summary>
    public string? ContentId { get; init; }

    /// <summary><see cref="ContentId"/>, or the id.</summary>
    internal string Content => ContentId ?? Id;

    internal override string Kind => "recording";

    /// <summary>
    /// An ISRC is unique within its licensor, not in the world: what one label delivers under another's ISRC must not come under that
    /// label's deals, nor its audio under these.
    /// </summary>
    internal override IEnumerable<CatalogueIdentifier> Identifiers
    {
        get
        {
            yield return new CatalogueIdentifier("content", Content);
            if (Isrc is not null) yield return new CatalogueIdentifier("isrc", Isrc, Scope);
            foreach (var id in ProprietaryIds) yield return new CatalogueIdentifier("proprietary", id, Scope);
        }
    }

    internal override IEnumerable<string> Links => Artists.Select(credit => credit.ArtistId).Concat(Contributors.Select(one => one.ArtistId)).OfType<string>();

    internal override void Check(ItemCheck check)
    {
        check.Texts(Titles, "titles");
        check.Texts(Subtitles, "subtitles", required: false);
        check.Texts(DisplayArtists, "displayArtists", required: false);
        check.Require(Isrc is null || MusicIds.IsIsrc(Isrc), "isrc is two letters, three letters or digits and seven digits, without hyphens.");
        check.Count(ProprietaryIds.Count, "proprietaryIds", 20);
        foreach (var id in ProprietaryIds.Take(20)) check.Text(id, "proprietaryIds", 200);
        check.Count(Artists.Count, "artists");
        foreach (var credit in Artists.Take(ItemCheck.MaxItems)) credit.Check(check, "artists");
        check.Count(Contributors.Count, "contributors", 500);
        foreach (var one in Contributors.Take(500)) one.Check(check, "contributors");
        check.Require(DurationMs is null or (> 0 and <= 86_400_000), "durationMs is 1 to 86400000.");
        check.Count(Languages.Count, "languages", 20);
        foreach (var tag in Languages.Take(20)) check.Require(LanguageTag.IsValid(tag), "languages are tags such as hi, ta-Taml or en-IN.");
        check.OptionalText(PLine, "pLine");
        foreach (var text in Ragas.Concat(Talas).Concat(Deities).Take(200)) check.Text(text, "ragas, talas, deities", 200);
        check.OptionalId(ContentId, "contentId");
    }
}
