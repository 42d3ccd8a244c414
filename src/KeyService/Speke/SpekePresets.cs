using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Speke;

/// <summary>One part of a preset: a name for <c>intendedTrackType</c>, and the filter that goes with it.</summary>
/// <param name="TrackType">For example <c>HD1</c>.</param>
/// <param name="Video">The filter of a video part.</param>
/// <param name="Audio">The filter of an audio part.</param>
public sealed record SpekePresetPart(string TrackType, VideoFilter? Video = null, AudioFilter? Audio = null);

/// <summary>The presets of SPEKE v2 (SPEKE API v2, "Encryption contract"): how many keys there are, and what each is for.</summary>
public static class SpekePresets
{
    private static readonly Dictionary<string, SpekePresetPart> Parts = new SpekePresetPart[]
    {
        new("VIDEO", new VideoFilter()),
        new("SD", new VideoFilter(MaxPixels: 589_824)),
        new("HD", new VideoFilter(589_825, 2_073_600)),
        new("HD1", new VideoFilter(589_825, 921_600)),
        new("HD2", new VideoFilter(921_601, 2_073_600)),
        new("UHD", new VideoFilter(MinPixels: 2_073_601)),
        new("UHD1", new VideoFilter(2_073_601, 8_847_360)),
        new("UHD2", new VideoFilter(MinPixels: 8_847_361)),
        new("AUDIO", Audio: new AudioFilter()),
        new("STEREO_AUDIO", Audio: new AudioFilter(MaxChannels: 2)),
        new("MULTICHANNEL_AUDIO", Audio: new AudioFilter(MinChannels: 3)),
        new("MULTICHANNEL_AUDIO_3_6", Audio: new AudioFilter(3, 6)),
        new("MULTICHANNEL_AUDIO_7", Audio: new AudioFilter(MinChannels: 7)),
    }.ToDictionary(static p => p.TrackType, StringComparer.Ordinal);

    private static readonly Dictionary<string, string[]> Presets = new(StringComparer.Ordinal)
    {
        ["PRESET-VIDEO-1"] = ["VIDEO"],
        ["PRESET-VIDEO-2"] = ["SD", "HD"],
        ["PRESET-VIDEO-3"] = ["SD", "HD", "UHD"],
        ["PRESET-VIDEO-4"] = ["SD", "HD", "UHD1", "UHD2"],
        ["PRESET-VIDEO-5"] = ["SD", "HD1", "HD2", "UHD1", "UHD2"],
        ["PRESET-VIDEO-6"] = ["SD", "HD1", "HD2", "UHD"],
        ["PRESET-VIDEO-7"] = ["SD+HD1", "HD2", "UHD"],
        ["PRESET-VIDEO-8"] = ["SD+HD1", "HD2", "UHD1", "UHD2"],
        ["PRESET-AUDIO-1"] = ["AUDIO"],
        ["PRESET-AUDIO-2"] = ["STEREO_AUDIO", "MULTICHANNEL_AUDIO"],
        ["PRESET-AUDIO-3"] = ["STEREO_AUDIO", "MULTICHANNEL_AUDIO_3_6", "MULTICHANNEL_AUDIO_7"],
        ["SHARED"] = ["ALL"],
        ["UNENCRYPTED"] = [],
    };

    /// <summary>The <c>intendedTrackType</c> values of a preset, one for each key; null for a name that is no preset.</summary>
    public static IReadOnlyList<string>? FindPreset(string name) => Presets.GetValueOrDefault(name);

    /// <summary>A part such as <c>UHD1</c>; null for a name of somebody's own, which SPEKE allows.</summary>
    public static SpekePresetPart? FindPart(string name) => Parts.GetValueOrDefault(name);

    /// <summary>Adds the filters of a track type (parts joined with <c>+</c>, or <c>ALL</c>) to a rule, to make a request.</summary>
    /// <exception cref="ArgumentException">A part is not known.</exception>
    public static void AddFilters(CpixUsageRule rule, string trackType)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(trackType);
        if (trackType == "ALL")
        {
            rule.Add(new VideoFilter());
            rule.Add(new AudioFilter());
        }
        else
        {
            foreach (var name in trackType.Split('+'))
            {
                var part = FindPart(name) ?? throw new ArgumentException($"{name} is not a track type of a SPEKE preset.", nameof(trackType));
                if (part.Video is { } video) rule.Add(video);
                if (part.Audio is { } audio) rule.Add(audio);
            }
        }

        rule.IntendedTrackType = trackType;
    }
}
