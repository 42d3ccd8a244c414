using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Speke;

/// <summary>One usage rule of a v2 contract: the name of the track type against its filters.</summary>
internal static class SpekeRuleCheck
{
    public static void Check(CpixUsageRule rule)
    {
        var type = rule.IntendedTrackType!;
        var (video, audio) = (rule.VideoFilters, rule.AudioFilters);
        if (type == "ALL")
        {
            // wcg is not part of SPEKE, so a filter with nothing else is bare.
            var isBare = video.Count == 1 && audio.Count == 1 && video[0] with { Wcg = null } == new VideoFilter() && audio[0] == new AudioFilter();
            if (!isBare) throw SpekeV2Contract.Malformed("intendedTrackType ALL needs one AudioFilter and one VideoFilter, both without attributes.");
            return;
        }

        if (video.Count + audio.Count == 0) throw SpekeV2Contract.Malformed($"intendedTrackType {type} has no filter.");
        var parts = type.Split('+');
        if (parts.Any(string.IsNullOrWhiteSpace) || parts.Contains("ALL") || parts.Distinct(StringComparer.Ordinal).Count() != parts.Length)
            throw SpekeV2Contract.Malformed($"intendedTrackType {type} is not a list of different names.");

        // One key for picture and sound together would need the protection of the picture for the sound: refused, unless it is ALL.
        if (video.Count > 0 && audio.Count > 0)
            throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.NotSupported, $"intendedTrackType {type} mixes video and audio.");

        // The specification wants a filter for each part, but its own conformance suite joins SD+HD1 in one.
        if (video.Count + audio.Count > parts.Length) throw SpekeV2Contract.Malformed($"intendedTrackType {type} has more filters than parts.");
        foreach (var part in parts)
        {
            if (SpekePresets.FindPart(part) is { } known && known.Video is null != (video.Count == 0))
                throw SpekeV2Contract.Malformed($"intendedTrackType {type} has a filter of the wrong kind.");
        }

        if (video.Any(static f => f.MinPixels < 0 || f.MaxPixels < 0 || f.MinPixels > f.MaxPixels || f.MinFps >= f.MaxFps)
            || audio.Any(static f => f.MinChannels < 0 || f.MaxChannels < 0 || f.MinChannels > f.MaxChannels))
            throw SpekeV2Contract.Malformed($"A filter of intendedTrackType {type} has a minimum above its maximum.");
    }
}
