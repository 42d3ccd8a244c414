using System.CommandLine;
using System.Text.Json;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub probe</c>: tracks, codecs, protection, key ids, IV sizes and rotation of an MP4 file.</summary>
internal static class ProbeCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "An MP4 file (an init segment, with or without its media segments behind it), or - for standard input" };
        var json = new Option<bool>("--json") { Description = "Print JSON for machines" };
        var command = new Command("probe", "Tell the tracks of an MP4 file and their protection") { input, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failures.Guard(() =>
        {
            using var stream = MediaFiles.OpenInput(parsed.GetRequiredValue(input));
            var report = ProbeReport.From(MediaProbe.Read(stream, cancellationToken: cancellation));
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(report, PsshReport.Json));
            else ProbeTable.Write(report);
            return 0;
        })));
        return command;
    }
}
