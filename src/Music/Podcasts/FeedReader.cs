using System.Globalization;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Podcasts;

/// <summary>Reads an RSS 2.0 feed with the itunes and podcast namespaces into a show and its episodes. What a feed gets wrong in an item costs that item, not the feed.</summary>
internal static class FeedReader
{
    public const int MaxBytes = 32 << 20;
    public const int MaxItems = 10_000;

    private static readonly XmlLimits s_limits = new(MaxCharacters: 32 << 20, MaxElements: 500_000, MaxDepth: 32, MaxText: 512 * 1024, MaxAttributes: 64);

    /// <summary>Both names of the podcast namespace; readers take either.</summary>
    private static readonly string[] s_podcast = [FeedWriter.Podcast, "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"];

    /// <returns>The show and episodes without ids; items that could not be read, with their lines.</returns>
    /// <exception cref="MusicException"><c>feed.invalid</c>: no feed, or one beyond the limits.</exception>
    public static (Show Show, IReadOnlyList<Episode> Episodes, IReadOnlyList<string> Problems) Read(Stream xml)
    {
        XmlTree root;
        try
        {
            root = XmlTree.Read(xml, s_limits);
        }
        catch (XmlTreeException exception)
        {
            throw new MusicException("feed.invalid", string.Create(CultureInfo.InvariantCulture, $"Line {exception.Line}: {exception.Message}"));
        }

        if (root.Name != "rss" || root.Child("channel") is not { } channel) throw new MusicException("feed.invalid", "This is no RSS 2.0 feed: there is no rss element with a channel.");
        var show = ReadShow(channel);
        var check = new ItemCheck();
        (show with { Id = "x" }).Check(check);
        if (check.Problems.Count > 0) throw new MusicException("feed.invalid", [.. check.Problems.Select(problem => "channel: " + problem)]);
        var problems = new List<string>();
        return (show, ReadItems(channel, problems), problems);
    }

    private static Show ReadShow(XmlTree channel)
    {
        var owner = Find(channel, "owner", FeedWriter.Itunes);
        return new Show
        {
            Titles = [new LocalText(Cut(Plain(channel, "title") ?? "", ItemCheck.MaxText), LanguageOf(channel))],
            Description = Cut(Plain(channel, "description") ?? Itunes(channel, "summary") ?? "", 4000),
            Language = LanguageOf(channel) ?? "en",
            Author = CutOrNull(Itunes(channel, "author"), 255),
            OwnerName = CutOrNull(owner is null ? null : Itunes(owner, "name"), 255),
            OwnerEmail = CutOrNull(owner is null ? null : Itunes(owner, "email"), 255),
            Link = Address(Plain(channel, "link")),
            Artwork = Address(Find(channel, "image", FeedWriter.Itunes)?.Attribute("href") ?? channel.Children("image").FirstOrDefault(image => image.Space.Length == 0)?.TextOf("url")),
            Categories = [.. channel.Children("category").Where(category => category.Space == FeedWriter.Itunes).SelectMany(Categories).Distinct(StringComparer.Ordinal).Take(10)],
            Explicit = IsTrue(Itunes(channel, "explicit")),
            Type = Itunes(channel, "type") == "serial" ? ShowType.Serial : ShowType.Episodic,
            Complete = Itunes(channel, "complete") == "Yes",
            Copyright = CutOrNull(Plain(channel, "copyright"), 255),
            Guid = Guid.TryParse(Podcast(channel, "guid")?.Text, out var guid) ? guid.ToString() : null, // A placeholder is no guid.
            ImportedFrom = Address(channel.Children("link").FirstOrDefault(link => link.Space == FeedWriter.Atom && link.Attribute("rel") == "self")?.Attribute("href")),
            Locked = Podcast(channel, "locked")?.Text == "yes",
            Medium = Podcast(channel, "medium")?.Text is { Length: > 0 and <= 40 } medium ? medium : "podcast",
        };
    }

    private static List<Episode> ReadItems(XmlTree channel, List<string> problems)
    {
        var episodes = new List<Episode>();
        var guids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in channel.Children("item"))
        {
            if (episodes.Count >= MaxItems) throw new MusicException("feed.invalid", $"A feed has at most {MaxItems} items.");
            var episode = ReadEpisode(item);
            var check = new ItemCheck();
            (episode with { Id = "x", ShowId = "x" }).Check(check);
            if (episode.Guid is null) check.Add("it has neither a guid nor an enclosure.");
            else if (!guids.Add(episode.Guid)) check.Add("its guid is that of another item.");
            if (check.Problems.Count == 0) episodes.Add(episode);
            else if (problems.Count < 100) problems.Add(string.Create(CultureInfo.InvariantCulture, $"Line {item.Line}: {string.Join(" ", check.Problems)}"));
        }

        return episodes;
    }

    private static Episode ReadEpisode(XmlTree item)
    {
        var enclosure = item.Child("enclosure");
        var address = Address(enclosure?.Attribute("url"));
        var media = address is null ? null : new EpisodeMedia
        {
            Url = address,
            Length = long.TryParse(enclosure!.Attribute("length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : 0,
            Type = enclosure.Attribute("type") is { Length: > 2 and <= 100 } type ? type : "audio/mpeg",
        };
        return new Episode
        {
            Titles = [new LocalText(Cut(Plain(item, "title") ?? Itunes(item, "title") ?? "", ItemCheck.MaxText))],
            Description = Cut(item.Children("encoded").FirstOrDefault(encoded => encoded.Space == FeedWriter.Content)?.Text ?? Plain(item, "description") ?? Itunes(item, "summary") ?? "", 10_000),
            Guid = Plain(item, "guid") is { Length: <= 1000 } guid ? guid : address,
            Published = FeedDates.Parse(Plain(item, "pubDate")),
            DurationMs = FeedDates.ParseDuration(Itunes(item, "duration")),
            Explicit = IsTrue(Itunes(item, "explicit")),
            Season = Number(Itunes(item, "season") ?? Podcast(item, "season")?.Text, 10_000),
            Number = Number(Itunes(item, "episode") ?? Podcast(item, "episode")?.Text, 100_000),
            Type = Itunes(item, "episodeType") switch { "trailer" => EpisodeType.Trailer, "bonus" => EpisodeType.Bonus, _ => EpisodeType.Full },
            Link = Address(Plain(item, "link")),
            Artwork = Address(Find(item, "image", FeedWriter.Itunes)?.Attribute("href")),
            Media = media,
            Transcripts = [.. item.Children("transcript").Where(IsPodcast).Where(each => Address(each.Attribute("url")) is not null && each.Attribute("type") is { Length: > 0 and <= 100 })
                .Select(each => new EpisodeTranscript(each.Attribute("url")!, each.Attribute("type")!, each.Attribute("language"))).Take(20)],
            Chapters = Address(Podcast(item, "chapters")?.Attribute("url")),
        };
    }

    private static IEnumerable<string> Categories(XmlTree category)
    {
        if (category.Attribute("text") is not { Length: > 0 and <= 120 } name) yield break;
        var inner = category.Children("category").Select(sub => sub.Attribute("text")).OfType<string>().Where(sub => sub.Length is > 0 and <= 120).ToList();
        if (inner.Count == 0) yield return name;
        foreach (var sub in inner) yield return $"{name}/{sub}";
    }

    /// <summary>An element of RSS itself: those of the other namespaces have the same names.</summary>
    private static string? Plain(XmlTree node, string name) => Find(node, name, "")?.Text is { Length: > 0 } text ? text : null;

    private static string? Itunes(XmlTree node, string name) => Find(node, name, FeedWriter.Itunes)?.Text is { Length: > 0 } text ? text : null;

    private static XmlTree? Podcast(XmlTree node, string name) => node.Children(name).FirstOrDefault(IsPodcast);

    private static bool IsPodcast(XmlTree node) => s_podcast.Contains(node.Space);

    private static XmlTree? Find(XmlTree node, string name, string space) => node.Children(name).FirstOrDefault(child => child.Space == space);

    private static string? LanguageOf(XmlTree channel) => Plain(channel, "language") is { } tag && LanguageTag.IsValid(tag) ? tag : null;

    private static string? Address(string? text) => text is not null && WebAddress.IsHttp(text.Trim()) ? text.Trim() : null;

    private static bool IsTrue(string? text) => text is "true" or "yes" or "explicit" or "True" or "Yes";

    private static int? Number(string? text, int most) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : null;

    private static string? CutOrNull(string? text, int length) => string.IsNullOrWhiteSpace(text) ? null : Cut(text, length);

    /// <summary>Not within a pair of surrogates, and without control characters.</summary>
    private static string Cut(string text, int length)
    {
        var clean = string.Concat(text.Where(c => !char.IsControl(c) || c is '\n' or '\t'));
        if (clean.Length <= length) return clean;
        return clean[..(char.IsHighSurrogate(clean[length - 1]) ? length - 1 : length)];
    }
}
