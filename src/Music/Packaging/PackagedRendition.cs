using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>A rendition whose file is here, as manifests speak of it.</summary>
internal sealed record PackagedRendition(Rendition Rendition, SegmentIndex Index, string FileName)
{
    public ProtectionScheme? Scheme => ProtectionSchemes.TryParse(Rendition.Scheme, out var scheme) ? scheme : null;

    public KeyId? KeyId => Rendition.KeyIds.Count > 0 && Cenc.KeyId.TryParse(Rendition.KeyIds[0], out var keyId) ? keyId : null;

    /// <summary>Of the fragment that has most: what a player's connection must carry.</summary>
    public int PeakBitrate => (int)Math.Min(int.MaxValue, Index.Segments.Max(segment => segment.Duration == 0 ? 0 : segment.Length * 8.0 * Index.Timescale / segment.Duration));

    public double Seconds => Rendition is { Samples: { } samples, SampleRate: > 0 } ? samples / (double)Rendition.SampleRate : Index.Segments.Sum(segment => segment.Duration) / (double)Index.Timescale;

    public string Name => Rendition.Quality.ToString();

    /// <summary>HLS writes FLAC as its sample entry is called (RFC 6381 names it so too), DASH and MSE take either.</summary>
    public string HlsCodec => Rendition.Codec == "flac" ? "fLaC" : Rendition.Codec == "opus" ? "Opus" : Rendition.Codec;

    public static string Number(double value, string format = "0.######") => value.ToString(format, CultureInfo.InvariantCulture);
}
