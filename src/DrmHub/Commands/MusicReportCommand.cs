using System.CommandLine;
using System.Text.Json;
using DrmHub.Music;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Usage;
using Microsoft.Extensions.Options;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub music report LICENSOR --from 2026-10</c>: a DDEX Digital Sales Report, and what stands behind its rows.</summary>
internal static class MusicReportCommand
{
    public static Command Create()
    {
        var licensor = new Argument<string>("LICENSOR") { Description = "The party id under which the licensor delivers" };
        var from = new Option<string>("--from") { Description = "A month (2026-10), or the first day", Required = true };
        var until = new Option<string?>("--until") { Description = "The last day, where --from is no month" };
        var folder = new Option<string>("--out") { Description = "The folder to write to, under the name that the standard prescribes; - for standard output", DefaultValueFactory = _ => "." };
        var trace = new Option<string?>("--trace") { Description = "A file for the trace: each row as a line of JSON with its plays, licences and deals" };
        var currency = new Option<string?>("--currency") { Description = "ISO 4217. Default INR" };
        var revenue = new Option<string[]>("--revenue") { Description = "MODEL/TERRITORY=AMOUNT, for example SubscriptionModel/IN=1200.50; may be repeated" };
        var json = CpixCommand.JsonOption();
        return MusicSetup.Define("report", "Report a licensor's usage of a period, reconciled to the audit log", [licensor, from, until, folder, trace, currency, revenue, json], async (parsed, setup, cancellationToken) =>
        {
            var options = setup.Get<IOptions<MusicOptions>>().Value;
            if (UsageApi.Read(parsed.GetRequiredValue(licensor), parsed.GetRequiredValue(from), parsed.GetValue(until), parsed.GetValue(currency), parsed.GetValue(revenue), options, out var problem) is not { } request)
            {
                await Console.Error.WriteLineAsync($"drmhub: {problem}");
                return UsageErrors.WrongUsage;
            }

            var report = await setup.Get<UsageReporter>().MakeAsync(request, cancellationToken);
            await setup.Get<UsageReporter>().RecordAsync(request, report, MusicActor.CommandLine, cancellationToken);
            var path = Path.Combine(parsed.GetRequiredValue(folder), report.FileName);
            if (parsed.GetRequiredValue(folder) == "-") Console.Out.Write(report.Text);
            else await File.WriteAllTextAsync(path, report.Text, cancellationToken);
            if (parsed.GetValue(trace) is { } file) await File.WriteAllLinesAsync(file, report.Uses.Select(use => JsonSerializer.Serialize(use, JsonSerializerOptions.Web)), cancellationToken);
            var streams = report.Uses.Sum(use => use.Streams);
            if (parsed.GetValue(json)) await Console.Error.WriteLineAsync(JsonSerializer.Serialize(new { file = path, rows = report.Uses.Count, streams, report.LeftOut }, MusicCommand.Json));
            else await Console.Error.WriteLineAsync($"{path}: {report.Uses.Count} rows, {streams} streams.{string.Concat(report.LeftOut.Select(pair => $" Left out: {pair.Value} {pair.Key}."))}");
            return 0;
        });
    }
}
