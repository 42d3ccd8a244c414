using System.Globalization;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;

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
        Pssh = [.. report.PsshBoxes.Select(FromBox)],
    };

    private static PsshReport FromBox(Cenc.Encryption.PsshReport found)
    {
        var path = found.InFragment ? "moof/pssh" : "moov/pssh";
        return PsshBox.TryParse(found.Box.Span, out var box)
            ? PsshReport.From(new PsshFinding("pssh", path, found.Offset, box, Data: null))
            : new PsshReport { Form = "pssh", Path = path, Offset = found.Offset, Size = found.Box.Length, Problem = "not a pssh box of version 0 or 1", Base64 = Convert.ToBase64String(found.Box.Span) };
    }
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

    /// <summary>Of all samples.</summary>
    public required long Bytes { get; init; }

    /// <summary>What the sample descriptions say; left out for a clear track.</summary>
    public IReadOnlyList<ProbeProtectionReport>? Protection { get; init; }

    /// <summary>The keys of sample groups (key rotation) in the order of their first use.</summary>
    public IReadOnlyList<ProbeProtectionReport>? RotatedKeys { get; init; }

    /// <summary>A clear sample description beside a protected one, as a clear lead has.</summary>
    public bool? HasClearDescription { get; init; }

    public static ProbeTrackReport From(TrackReport track)
    {
        var what = track.Track;
        return new ProbeTrackReport
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
            DurationSeconds = Math.Round(track.Seconds, 3),
            Samples = track.Samples,
            Bytes = track.Bytes,
            Protection = track.Protections.Count > 0 ? [.. track.Protections.Select(ProbeProtectionReport.From)] : null,
            RotatedKeys = track.Groups.Count > 0 ? [.. track.Groups.Select(ProbeProtectionReport.From)] : null,
            HasClearDescription = track.HasClearDescription ? true : null,
        };
    }
}

/// <summary>One key and how it is used.</summary>
internal sealed record ProbeProtectionReport
{
    /// <summary>The four-character code of the scheme.</summary>
    public required string Scheme { get; init; }

    /// <summary>All zero where keys come from sample groups.</summary>
    public required string KeyId { get; init; }

    /// <summary>Bytes of each sample's IV; null with a constant one.</summary>
    public int? IvSize { get; init; }

    public string? ConstantIvHex { get; init; }

    /// <summary>Blocks encrypted and skipped; null for all.</summary>
    public string? Pattern { get; init; }

    public static ProbeProtectionReport From(ProtectionDescription protection) => new()
    {
        Scheme = protection.Scheme,
        KeyId = protection.KeyId.ToString(),
        IvSize = protection.IvSize > 0 ? protection.IvSize : null,
        ConstantIvHex = protection.ConstantIv.IsEmpty ? null : Convert.ToHexStringLower(protection.ConstantIv.Span),
        Pattern = protection.Pattern is { CryptBlocks: 0, SkipBlocks: 0 } ? null : string.Create(CultureInfo.InvariantCulture, $"{protection.Pattern.CryptBlocks}:{protection.Pattern.SkipBlocks}"),
    };
}
