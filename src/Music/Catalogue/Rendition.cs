using System.Text.Json.Serialization;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>The label that deals, plans and keys name a quality by. Ordered.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RenditionQuality>))]
public enum RenditionQuality
{
    /// <summary>Clear, short, for everybody.</summary>
    Preview,
    Low,
    High,
    Lossless,
}

/// <summary>One encoding of a recording or an episode: a file, its keys, and what a player needs to play it without a gap at an even loudness.</summary>
public sealed record Rendition : CatalogueItem
{
    /// <summary>The recording or episode.</summary>
    public string OwnerId { get; init; } = "";

    public RenditionQuality Quality { get; init; }

    /// <summary>RFC 6381: <c>mp4a.40.2</c>, <c>flac</c>, <c>opus</c>.</summary>
    public string Codec { get; init; } = "";

    /// <summary>BCP 47, where one title has several language tracks.</summary>
    public string? Language { get; init; }

    /// <summary>Bits a second, average.</summary>
    public int Bitrate { get; init; }

    public int SampleRate { get; init; }

    public int Channels { get; init; } = 2;

    /// <summary>Under which its keys are kept; null where the file is clear.</summary>
    public string? ContentId { get; init; }

    /// <summary>32 hex digits each; empty where the file is clear.</summary>
    public IReadOnlyList<string> KeyIds { get; init; } = [];

    /// <summary><c>cbcs</c> or <c>cenc</c>; null where the file is clear.</summary>
    public string? Scheme { get; init; }

    /// <summary>Name of the file in the media store, relative, with forward slashes.</summary>
    public string? File { get; init; }

    public long? Bytes { get; init; }

    public string? Sha256 { get; init; }

    public long? DurationMs { get; init; }

    /// <summary>Samples that the encoder put in front, and behind: players cut them off.</summary>
    public int PrimingSamples { get; init; }

    public int PaddingSamples { get; init; }

    /// <summary>Real samples per channel.</summary>
    public long? Samples { get; init; }

    /// <summary>EBU R 128, in LUFS; null where there was nothing to measure.</summary>
    public double? Loudness { get; init; }

    /// <summary>In dBTP.</summary>
    public double? TruePeak { get; init; }

    /// <summary>Of the album that it stands on, in LUFS.</summary>
    public double? AlbumLoudness { get; init; }

    internal override string Kind => "rendition";

    internal override string? Parent => OwnerId;

    internal override long Position => (int)Quality;

    internal override void Check(ItemCheck check)
    {
        check.Id(OwnerId, "ownerId");
        check.Text(Codec, "codec", 100);
        check.Require(Language is null || LanguageTag.IsValid(Language), "language is a tag such as hi.");
        check.Require(Bitrate is >= 0 and <= 100_000_000, "bitrate is 0 to 100000000.");
        check.Require(SampleRate is >= 0 and <= 768_000, "sampleRate is 0 to 768000.");
        check.Require(Channels is >= 1 and <= 64, "channels is 1 to 64.");
        check.OptionalText(ContentId, "contentId", 200);
        check.Count(KeyIds.Count, "keyIds", 16);
        check.Require(KeyIds.All(id => id is { Length: 32 } && id.All(char.IsAsciiHexDigit)), "keyIds are 32 hex digits each.");
        check.Require(Scheme is null or "cbcs" or "cenc", "scheme is cbcs or cenc.");
        check.Require(KeyIds.Count == 0 || (ContentId is not null && Scheme is not null), "a rendition with keyIds has a contentId and a scheme.");
        check.Require(File is null || MusicPath.IsPlain(File), "file is a relative name with forward slashes and without '..'.");
        check.Require(Sha256 is null || (Sha256.Length == 64 && Sha256.All(char.IsAsciiHexDigit)), "sha256 is 64 hex digits.");
        check.Require(Bytes is null or >= 0, "bytes is not negative.");
        check.Require(PrimingSamples >= 0 && PaddingSamples >= 0 && Samples is null or >= 0, "samples are not negative.");
    }
}

/// <summary>Names of files that come from outside.</summary>
internal static class MusicPath
{
    /// <summary>Relative, no step up, no drive, no backslash, no control character: safe to append to a folder.</summary>
    public static bool IsPlain(string path) =>
        path.Length is > 0 and <= 500
        && !path.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
        && path.Split('/').All(part => part.Length > 0 && part is not ("." or "..") && !part.EndsWith(' ') && !part.EndsWith('.'));
}
