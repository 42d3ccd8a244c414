using System.CommandLine;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub pssh decode|build</c>: looks into pssh boxes, and makes them.</summary>
internal static class PsshCommand
{
    public static Command Create() => new("pssh", "Look into pssh boxes, and make them") { Decode(), PsshBuildCommand.Create() };

    private static Command Decode()
    {
        var input = new Argument<string>("input")
        {
            Description = "A file (MP4, a DASH manifest, a CPIX document, an HLS playlist, a saved box), - for standard input, or the box itself as base64, base64url or hex. Also PlayReady objects, Widevine pssh data and the data URI of an HLS key tag",
        };
        var json = new Option<bool>("--json") { Description = "Print JSON for machines" };
        var command = new Command("decode", "Show every pssh box of an input") { input, json };
        command.SetAction((parsed, cancellation) => Task.FromResult(Failures.Guard(() => Decode(parsed.GetRequiredValue(input), parsed.GetValue(json), cancellation))));
        return command;
    }

    private static int Decode(string input, bool json, CancellationToken cancellation)
    {
        var reports = new List<PsshReport>();
        string? problem = null;
        try
        {
            foreach (var finding in PsshInput.Read(input, cancellation)) reports.Add(PsshReport.From(finding));
        }
        catch (CencFormatException exception) when (reports.Count > 0)
        {
            problem = exception.Message; // what stood before the broken box is shown all the same
        }

        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(reports, PsshReport.Json));
        else if (reports.Count > 0) PsshTable.Write(reports);
        problem ??= reports.Find(report => report.Problem is not null)?.Problem;
        if (problem is not null) return Failures.Say(problem);
        return reports.Count > 0 ? 0 : Failures.Say("no pssh box is in the input");
    }
}
