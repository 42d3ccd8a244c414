using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Probing;

namespace DrmHub.Host.Commands;

/// <summary>What <c>drmhub probe --json</c> prints; a null member is left out.</summary>
internal sealed record ProbeReport
{
    /// <summary>"fragmented" or "progressive".</summary>
    public required string Layout { get; init; }

    public required int Fragments { get; init; }

    public required IReadOnlyList<ProbeTrackReport> Tracks { get; init; }

    public required IReadOnlyList<PsshReport> Pssh { get; init; }

    public static ProbeReport From(MediaReport report) => new()
    {
        Layout = report.IsFragmented ? "fragmented" : "progressive",
        Fragments = report.Fragments,
        Tracks = [.. report.Tracks.Select(ProbeTrackReport.From)],
        Pssh = [.. report.PsshBoxes.Select(location => PsshReport.From(new PsshFinding("pssh", location.Path, location.Offset, location.Box, Data: null)))],
    };
}

/// <summary>One track.</summary>
internal sealed record ProbeTrackReport
{
    public required uint Id { get; init; }

    public required string Kind { get; init; }

    public required string Codec { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public int? Channels { get; init; }

    public int? SampleRate { get; init; }

    public string? Language { get; init; }

    /// <summary>The label that keys for it have: AUDIO, SD, HD….</summary>
    public string? Label { get; init; }

    public required double DurationSeconds { get; init; }

    public required long Samples { get; init; }

    /// <summary>The four-character code of the scheme; null for a clear track.</summary>
    public string? Scheme { get; init; }

    public string? DefaultKeyId { get; init; }

    /// <summary>Bytes of each sample's IV; null with a constant one.</summary>
    public int? IvSize { get; init; }

    public string? ConstantIvHex { get; init; }

    public string? Pattern { get; init; }

    public int? ClearLeadFragments { get; init; }

    public IReadOnlyList<ProbeKeyReport>? RotatedKeys { get; init; }

    public static ProbeTrackReport From(ProbedTrack track)
    {
        var what = track.Description;
        var report = new ProbeTrackReport
        {
            Id = what.Id,
            Kind = what.Kind switch { TrackKind.Video => "video", TrackKind.Audio => "audio", _ => "other" },
            Codec = what.Codec,
            Width = what.Kind == TrackKind.Video ? what.Width : null,
            Height = what.Kind == TrackKind.Video ? what.Height : null,
            Channels = what.Kind == TrackKind.Audio ? what.Channels : null,
            SampleRate = what.Kind == TrackKind.Audio ? what.SampleRate : null,
            Language = what.Language,
            Label = what.Type is { } type ? Cenc.TrackTypes.ToName(type) : null,
            DurationSeconds = Math.Round(track.Duration, 3),
            Samples = track.Samples,
        };
        if (track.Protection is not { } protection) return report;
        return report with
        {
            Scheme = protection.Scheme,
            DefaultKeyId = protection.DefaultKeyId.ToString(),
            IvSize = protection.IvSize > 0 ? protection.IvSize : null,
            ConstantIvHex = protection.ConstantIv.IsEmpty ? null : Convert.ToHexStringLower(protection.ConstantIv.Span),
            Pattern = protection.Pattern == (0, 0) ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{protection.Pattern.Crypt}:{protection.Pattern.Skip}"),
            ClearLeadFragments = track.ClearFragments > 0 ? track.ClearFragments : null,
            RotatedKeys = track.RotatedKeys.Count > 0 ? [.. track.RotatedKeys.Select(key => new ProbeKeyReport(key.KeyId.ToString(), Math.Round(key.From, 3)))] : null,
        };
    }
}

internal sealed record ProbeKeyReport(string KeyId, double FromSeconds);
