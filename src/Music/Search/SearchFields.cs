using DrmHub.Music.Catalogue;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Search;

/// <summary>What of an item is searched. Tracks are found by their recordings, renditions not at all.</summary>
internal static class SearchFields
{
    public static CatalogueItem? Read(CatalogueRow row) => row.Kind switch
    {
        "release" => MusicCatalogue.Read<Release>(row),
        "recording" => MusicCatalogue.Read<Recording>(row),
        "artist" => MusicCatalogue.Read<Artist>(row),
        "show" => MusicCatalogue.Read<Show>(row),
        "episode" => MusicCatalogue.Read<Episode>(row),
        _ => null,
    };

    public static IEnumerable<string> ArtistsOf(CatalogueItem item) => (item switch
    {
        Release release => release.Artists,
        Recording recording => recording.Artists,
        _ => [],
    }).Select(credit => credit.ArtistId).OfType<string>();

    /// <summary>Empty where the item is kept out of search.</summary>
    public static IReadOnlyList<SearchField> Of(CatalogueItem item, IReadOnlyDictionary<string, Artist> artists) => item switch
    {
        Release release => [.. Titles(release.Titles), .. Titles(release.Subtitles), .. Names(release.DisplayArtists, release.Artists, artists)],
        Recording { Hidden: true } => [],
        Recording recording => [.. Titles(recording.Titles), .. Titles(recording.Subtitles), .. Names(recording.DisplayArtists, recording.Artists, artists)],
        Artist artist => [.. Titles(artist.Names)],
        Show show => [.. Titles(show.Titles), .. show.Author is null ? [] : (SearchField[])[new SearchField(show.Author, null, IsName: true)]],
        Episode episode => [.. Titles(episode.Titles)],
        _ => [],
    };

    public static SearchEntry Entry(CatalogueItem item, IReadOnlyList<SearchField> fields) =>
        new(item.Kind, item.Id, fields.Count == 0 ? "" : fields[0].Text, fields.FirstOrDefault(field => field.IsName).Text)
        {
            Content = item is Recording recording ? recording.Content : null,
            From = item switch
            {
                Release { ReleaseDate: { } date } => new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero),
                Episode episode => episode.Published ?? DateTimeOffset.MaxValue,
                Show { Private: true } => DateTimeOffset.MaxValue,
                _ => null,
            },
        };

    private static IEnumerable<SearchField> Titles(IEnumerable<LocalText> texts) => texts.Select(text => new SearchField(text.Value, LanguageTag.Language(text.Language), IsName: false));

    private static IEnumerable<SearchField> Names(IEnumerable<LocalText> display, IEnumerable<ArtistCredit> credits, IReadOnlyDictionary<string, Artist> artists) => display
        .Concat(credits.SelectMany(credit => credit.Names))
        .Concat(credits.SelectMany(credit => credit.ArtistId is { } id && artists.TryGetValue(id, out var artist) ? artist.Names : []))
        .Distinct()
        .Select(text => new SearchField(text.Value, LanguageTag.Language(text.Language), IsName: true));
}
