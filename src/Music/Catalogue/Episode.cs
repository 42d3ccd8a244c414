using System.Text.Json.Serialization;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>itunes:episodeType.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EpisodeType>))]
public enum EpisodeType
{
    Full,
    Trailer,
    Bonus,
}

/// <summary>An episode of a podcast.</summary>
public sealed record Episode : CatalogueItem
{
    public string ShowId { get; init; } = "";

    public IReadOnlyList<LocalText> Titles { get; init; } = [];

    /// <summary>Plain text or HTML, up to 10,000 characters.</summary>
    public string Description { get; init; } = "";

    /// <summary>The feed's guid: case-sensitive and never changed. The id, where nothing else was given.</summary>
    public string? Guid { get; init; }

    public DateTimeOffset? Published { get; init; }

    public int? Season { get; init; }

    public int? Number { get; init; }

    public EpisodeType Type { get; init; }

    public bool Explicit { get; init; }

    public string? Link { get; init; }

    public string? Artwork { get; init; }

    public long? DurationMs { get; init; }

    /// <summary>For paying listeners: its enclosure stands in private feeds alone, and its renditions for own players are encrypted.</summary>
    public bool Premium { get; init; }

    /// <summary>The clear file of the enclosure: in the media store, or at an address elsewhere.</summary>
    public EpisodeMedia? Media { get; init; }

    /// <summary>podcast:transcript.</summary>
    public IReadOnlyList<EpisodeTranscript> Transcripts { get; init; } = [];

    /// <summary>podcast:chapters, an address of JSON chapters.</summary>
    public string? Chapters { get; init; }

    /// <summary>Under which keys of its encrypted renditions are kept. The id, where nothing else was chosen.</summary>
    public string? ContentId { get; init; }

    internal string Content => ContentId ?? Id;

    internal string FeedGuid => Guid ?? Id;

    internal override string Kind => "episode";

    internal override string? Parent => ShowId;

    /// <summary>Newest first.</summary>
    internal override long Position => -(Published?.ToUnixTimeSeconds() ?? 0);

    internal override IEnumerable<CatalogueIdentifier> Identifiers => [new CatalogueIdentifier("guid", FeedGuid, ShowId), new CatalogueIdentifier("content", Content)];

    internal override void Check(ItemCheck check)
    {
        check.Id(ShowId, "showId");
        check.Texts(Titles, "titles");
        check.OptionalText(Description, "description", 10_000);
        check.OptionalText(Guid, "guid", 1000);
        check.Require(Season is null or (>= 0 and <= 10_000), "season is 0 to 10000.");
        check.Require(Number is null or (>= 0 and <= 100_000), "number is 0 to 100000.");
        check.Require(Link is null || WebAddress.IsHttp(Link), "link is an http or https address.");
        check.Require(Artwork is null || WebAddress.IsHttp(Artwork), "artwork is an http or https address.");
        check.Require(DurationMs is null or (>= 0 and <= 8_640_000_000), "durationMs is 0 to 8640000000.");
        Media?.Check(check);
        check.Count(Transcripts.Count, "transcripts", 20);
        foreach (var transcript in Transcripts.Take(20))
        {
            check.Require(WebAddress.IsHttp(transcript.Url), "transcripts.url is an http or https address.");
            check.Text(transcript.Type, "transcripts.type", 100);
        }

        check.Require(Chapters is null || WebAddress.IsHttp(Chapters), "chapters is an http or https address.");
        check.OptionalId(ContentId, "contentId");
    }
}

/// <summary>A file for any podcast player.</summary>
public sealed record EpisodeMedia
{
    /// <summary>Name of the file in the media store, relative, with forward slashes; or null with a <see cref="Url"/>.</summary>
    public string? File { get; init; }

    /// <summary>Where it lies elsewhere.</summary>
    public string? Url { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    /// <summary><c>audio/mpeg</c>, <c>audio/x-m4a</c>.</summary>
    public string Type { get; init; } = "audio/mpeg";

    internal void Check(ItemCheck check)
    {
        check.Require((File is null) != (Url is null), "media has a file or a url, not both.");
        check.Require(File is null || MusicPath.IsPlain(File), "media.file is a relative name with forward slashes and without '..'.");
        check.Require(Url is null || WebAddress.IsHttp(Url), "media.url is an http or https address.");
        check.Require(Length >= 0, "media.length is not negative.");
        check.Require(Type.Length is > 2 and <= 100 && Type.Contains('/') && Type.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '+' or '.'), "media.type is a media type.");
    }
}

/// <summary>podcast:transcript.</summary>
/// <param name="Url">http or https.</param>
/// <param name="Type"><c>text/vtt</c>, <c>application/x-subrip</c>, <c>application/json</c>, <c>text/html</c>.</param>
/// <param name="Language">BCP 47.</param>
public sealed record EpisodeTranscript(string Url, string Type, string? Language = null);
