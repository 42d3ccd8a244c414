using System.Globalization;
using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary>Shows a probed file as tables for people.</summary>
internal static class ProbeTable
{
    public static void Write(ProbeReport report)
    {
        var console = ReportTable.Console();
        console.WriteLine(report.Layout == "fragmented" ? string.Create(CultureInfo.InvariantCulture, $"Fragmented MP4, {report.Fragments} fragments") : "Progressive MP4");
        foreach (var track in report.Tracks) ReportTable.Write(console, string.Create(CultureInfo.InvariantCulture, $"Track {track.Id}: {track.Kind}, {track.Codec}"), Rows(track));
        foreach (var same in report.Pssh) PsshTable.Write(console, same, count: 1);
    }

    private static IEnumerable<(string Name, string? Value)> Rows(ProbeTrackReport track)
    {
        yield return ("Picture", track.Width is not null ? Text($"{track.Width}×{track.Height}") : null);
        yield return ("Sound", track.Channels is not null ? Text($"{track.Channels} channels, {track.SampleRate} Hz") : null);
        yield return ("Label", track.Label);
        yield return ("Language", track.Language);
        yield return ("Duration", Text($"{track.DurationSeconds:0.###} s, {track.Samples} samples"));
        if (track.Protection is null) yield return ("Protection", "none");
        foreach (var protection in track.Protection ?? [])
        {
            yield return ("Protection", protection.Scheme);
            yield return ("Key id", track.RotatedKeys is null ? protection.KeyId : "rotates, default " + protection.KeyId);
            yield return ("IV", protection.ConstantIvHex is { } iv ? "constant, " + iv : Text($"{protection.IvSize ?? 0} bytes per sample"));
            yield return ("Pattern", protection.Pattern);
        }

        foreach (var key in track.RotatedKeys ?? []) yield return ("Rotated key id", key.KeyId);
        yield return ("Clear lead", track.HasClearDescription is true ? "yes, or clear parts" : null);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
