using System.Globalization;
using System.Text;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>HLS playlists (RFC 8216) of packaged renditions: sound alone, byte ranges of one file each.</summary>
internal static class HlsManifests
{
    /// <summary>The multivariant playlist: a variant for each rendition, and every key in advance, so that a player can ask for all of them at once.</summary>
    public static string Multivariant(IReadOnlyList<PackagedRendition> renditions)
    {
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        if (renditions[0].Rendition is { Loudness: { } loudness } measured)
        {
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-SESSION-DATA:DATA-ID=\"org.ebu.r128.integrated\",VALUE=\"{loudness:F1} LUFS\"\n");
            if (measured.TruePeak is { } peak) text.Append(CultureInfo.InvariantCulture, $"#EXT-X-SESSION-DATA:DATA-ID=\"org.ebu.r128.truepeak\",VALUE=\"{peak:F1} dBTP\"\n");
        }

        foreach (var tag in renditions.SelectMany(KeySignals.ForHls).Select(tag => tag.ToSessionTag()).Distinct(StringComparer.Ordinal)) text.Append(tag).Append('\n');
        foreach (var language in renditions.Select(each => each.Rendition.Language).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            foreach (var each in renditions.Where(each => each.Rendition.Language == language))
                text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{each.Name}\",NAME=\"{language}\",LANGUAGE=\"{language}\",AUTOSELECT=YES,CHANNELS=\"{each.Rendition.Channels}\",URI=\"media/{each.Rendition.Id}.m3u8\"\n");
        }

        // One variant for each quality; where there are several languages, the first stands for its group.
        foreach (var each in renditions.DistinctBy(each => each.Rendition.Quality))
        {
            var group = each.Rendition.Language is null ? "" : $",AUDIO=\"{each.Name}\"";
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-STREAM-INF:BANDWIDTH={each.PeakBitrate},AVERAGE-BANDWIDTH={Math.Max(1, each.Rendition.Bitrate)},CODECS=\"{each.HlsCodec}\"{group}\nmedia/{each.Rendition.Id}.m3u8\n");
        }

        return text.ToString();
    }

    /// <summary>The playlist of one rendition. Its last segment says how long the sound really is, without the encoder's padding.</summary>
    public static string Media(PackagedRendition rendition)
    {
        var index = rendition.Index;
        var durations = index.Segments.Select(segment => segment.Duration / (double)index.Timescale).ToArray();
        var excess = durations.Sum() - rendition.Seconds;
        if (excess > 0 && durations.Length > 0) durations[^1] = Math.Max(0.001, durations[^1] - excess);
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{(int)Math.Ceiling(durations.DefaultIfEmpty(1).Max())}\n");
        foreach (var tag in KeySignals.ForHls(rendition)) text.Append(tag.ToMediaTag()).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{rendition.FileName}\",BYTERANGE=\"{index.InitLength}@0\"\n");
        for (var i = 0; i < durations.Length; i++)
        {
            var segment = index.Segments[i];
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{PackagedRendition.Number(durations[i])},\n#EXT-X-BYTERANGE:{segment.Length}@{segment.Offset}\n{rendition.FileName}\n");
        }

        return text.Append("#EXT-X-ENDLIST\n").ToString();
    }
}
