using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>How a rendition comes to be.</summary>
internal enum RenditionWork
{
    /// <summary>The input is right as it is.</summary>
    Take,

    /// <summary>The sound is right and its container is not: FLAC into MP4, or a file with pictures beside the sound.</summary>
    Wrap,
    Encode,
}

/// <summary>One rendition to make.</summary>
/// <param name="Codec"><c>aac</c>, <c>flac</c> or <c>copy</c>, as ffmpeg names them.</param>
/// <param name="Bitrate">Bits a second, for AAC.</param>
internal sealed record PlannedRendition(RenditionQuality Quality, RenditionWork Work, string Codec, int Bitrate);

/// <summary>Which renditions a source gives. None is better than the source: what was lost does not come back by encoding it again.</summary>
internal static class RenditionPlan
{
    public const int LowBitrate = 96_000;
    public const int HighBitrate = 256_000;
    public const int PreviewBitrate = 96_000;

    /// <summary>A lossy source of this many bits a second or more gives the high rendition.</summary>
    private const int LeastForHigh = 160_000;
    private const int MostForHigh = 400_000;

    /// <param name="container">Of the source.</param>
    /// <param name="mp4">What the MP4 says, where it is one.</param>
    /// <param name="bitrate">Of the source, in bits a second.</param>
    /// <param name="wanted">Tiers that are wanted.</param>
    public static IReadOnlyList<PlannedRendition> Make(AudioContainer container, Mp4Audio? mp4, int bitrate, IReadOnlySet<RenditionQuality> wanted)
    {
        var lossless = container is AudioContainer.Flac or AudioContainer.Wave || mp4 is { Codec: "flac" or "alac" };
        var aac = mp4 is { Codec: "mp4a.40.2" or "mp4a.40.5" or "mp4a.40.29" };
        var plan = new List<PlannedRendition>();
        if (aac && bitrate < LeastForHigh) plan.Add(AsItIs(RenditionQuality.Low, mp4!));
        else plan.Add(new PlannedRendition(RenditionQuality.Low, RenditionWork.Encode, "aac", LowBitrate));
        if (aac && bitrate is >= LeastForHigh and <= MostForHigh) plan.Add(AsItIs(RenditionQuality.High, mp4!));
        else if (lossless || bitrate >= LeastForHigh) plan.Add(new PlannedRendition(RenditionQuality.High, RenditionWork.Encode, "aac", HighBitrate));
        if (mp4 is { Codec: "flac" }) plan.Add(AsItIs(RenditionQuality.Lossless, mp4));
        else if (container == AudioContainer.Flac) plan.Add(new PlannedRendition(RenditionQuality.Lossless, RenditionWork.Wrap, "copy", 0));
        else if (lossless) plan.Add(new PlannedRendition(RenditionQuality.Lossless, RenditionWork.Encode, "flac", 0));
        return [.. plan.Where(each => wanted.Contains(each.Quality))];
    }

    /// <summary>The input as the one rendition that it is for.</summary>
    public static PlannedRendition AsItIs(RenditionQuality quality, Mp4Audio mp4) =>
        new(quality, mp4.IsPlain && mp4.IsDeliverable ? RenditionWork.Take : RenditionWork.Wrap, "copy", 0);
}
