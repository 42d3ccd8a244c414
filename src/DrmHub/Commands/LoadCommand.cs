using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DrmHub.Host.Load;
using DrmHub.Host.Tokens;
using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub load</c>: rehearses an audience against a running hub.</summary>
internal static class LoadCommand
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var url = new Option<string[]>("--url") { Description = "A hub; may be repeated: players are spread over them, and go on with the next where one takes no connection", DefaultValueFactory = _ => ["http://127.0.0.1:5080"] };
        var allow = new Option<string?>("--allow-host") { Description = "A host beside this machine that is yours to load" };
        var data = HubOptions.Data();
        var content = new Option<string>("--content") { Description = "The title that everyone plays", DefaultValueFactory = _ => "demo-title" };
        var players = new Option<int>("--players") { Description = "Players at the end of the ramp", DefaultValueFactory = _ => 1000 };
        var ramp = new Option<string>("--ramp") { Description = "In which time they join", DefaultValueFactory = _ => "30s" };
        var duration = new Option<string>("--duration") { Description = "How long the run lasts, ramp included", DefaultValueFactory = _ => "60s" };
        var renewal = new Option<string?>("--renewal") { Description = "How often a player asks for its licence again" };
        var stay = new Option<string?>("--stay") { Description = "How long a player stays; left out: to the end" };
        var drop = new Option<double>("--drop") { Description = "Share of leaving players that say nothing, 0 to 1", DefaultValueFactory = _ => 0.1 };
        var silent = new Option<bool>("--no-heartbeats") { Description = "Players send no heartbeats" };
        var devices = new Option<string>("--devices") { Description = $"Kinds of device with weights, such as clearkey:3,widevine-l1:1. Kinds: {string.Join(", ", LoadDevices.Kinds)}", DefaultValueFactory = _ => "clearkey" };
        var plans = new Option<string>("--plans") { Description = "Plans that tokens vouch for, with weights; none is a token without a plan", DefaultValueFactory = _ => "premium" };
        var country = new Option<string?>("--country") { Description = "The country that tokens name" };
        var connections = new Option<int>("--connections") { Description = "Requests under way at once", DefaultValueFactory = _ => 128 };
        var html = new Option<string?>("--html") { Description = "Write a page with charts into this file" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("load", "Rehearse an audience against a running hub") { url, allow, data, content, players, ramp, duration, renewal, stay, drop, silent, devices, plans, country, connections, html, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            LoadOptions options;
            try
            {
                options = new LoadOptions
                {
                    Targets = [.. parsed.GetRequiredValue(url).Select(Target)],
                    AllowedHost = parsed.GetValue(allow),
                    ContentId = parsed.GetRequiredValue(content),
                    Players = parsed.GetValue(players),
                    Ramp = Duration("--ramp", parsed.GetRequiredValue(ramp)),
                    Duration = Duration("--duration", parsed.GetRequiredValue(duration)),
                    Renewal = parsed.GetValue(renewal) is { } every ? Duration("--renewal", every) : null,
                    Stay = parsed.GetValue(stay) is { } time ? Duration("--stay", time) : null,
                    Drop = parsed.GetValue(drop),
                    Heartbeats = !parsed.GetValue(silent),
                    Devices = Weights("--devices", parsed.GetRequiredValue(devices), LoadDevices.Kinds),
                    Plans = [.. Weights("--plans", parsed.GetRequiredValue(plans), null).Select(each => (each.Name == "none" ? "" : each.Name, each.Weight))],
                    Country = parsed.GetValue(country)?.ToUpperInvariant(),
                    Connections = parsed.GetValue(connections),
                };
                options.Validate();
            }
            catch (ArgumentException exception)
            {
                Failures.Say(exception.Message);
                return UsageErrors.WrongUsage;
            }

            try
            {
                var summary = await RunAsync(options, parsed.GetRequiredValue(data), cancellationToken);
                if (parsed.GetValue(html) is { } file) await File.WriteAllTextAsync(file, LoadChart.Write(summary, options), cancellationToken);
                if (parsed.GetValue(json)) System.Console.Out.WriteLine(JsonSerializer.Serialize(summary, s_json));
                else Print(summary);
                return summary.ErrorCount == 0 ? 0 : Failures.Failed;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                return Failures.Say(exception.Message);
            }
            catch (OperationCanceledException)
            {
                return Failures.Say("stopped");
            }
        });
        return command;
    }

    private static async Task<LoadSummary> RunAsync(LoadOptions options, string dataDirectory, CancellationToken cancellationToken)
    {
        using var key = LocalTokenKey.OpenOrCreate(dataDirectory);
        var tokens = new TokenIssuer(key, TimeProvider.System);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = options.Connections, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
        var keyIds = await LoadTitle.ReadKeyIdsAsync(http, options.Targets[0], options.ContentId, tokens.ForOperator("load", ["keys.admin"], TimeSpan.FromMinutes(5)), cancellationToken);
        using var devices = new LoadDevices(options.Devices.Select(each => each.Kind), keyIds, options.ContentId);
        var lifetime = options.Duration + TimeSpan.FromMinutes(10);
        var players = new LoadPlayer[options.Players];
        for (var i = 0; i < players.Length; i++)
        {
            var number = i;
            var plan = Pick(options.Plans, i);
            players[i] = new LoadPlayer(i, options.Targets, i % options.Targets.Count, Pick(options.Devices, i), () => tokens.ForPlayer(new PlayerClaims
            {
                Subscriber = string.Create(CultureInfo.InvariantCulture, $"load-{number}"),
                Plans = plan.Length > 0 ? [plan] : [],
                Country = options.Country,
                Lifetime = lifetime,
            }));
        }

        var record = new LoadRecord();
        using var run = new LoadRun(options, new LoadClient(http, devices), players, record);
        await run.RunAsync(cancellationToken);
        return record.Summarise(run.Elapsed);
    }

    /// <summary>By weight, evenly: the same mix in every stretch of players, and the same in every run.</summary>
    private static string Pick(IReadOnlyList<(string Name, int Weight)> choices, int number)
    {
        var at = number % choices.Sum(choice => choice.Weight);
        foreach (var (name, weight) in choices)
        {
            if (at < weight) return name;
            at -= weight;
        }

        return choices[^1].Name;
    }

    private static Uri Target(string text) =>
        Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : throw new ArgumentException($"--url: '{text}' is no http or https address.");

    private static TimeSpan Duration(string option, string text) =>
        DurationText.TryParse(text, out var duration) ? duration : throw new ArgumentException($"{option}: '{text}' is no duration such as 90s, 10m or 1h.");

    private static IReadOnlyList<(string Name, int Weight)> Weights(string option, string text, IReadOnlyList<string>? known) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(item =>
        {
            var parts = item.Split(':');
            var weight = 1;
            if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out weight))) throw new ArgumentException($"{option}: '{item}' is no NAME:WEIGHT.");
            if (known is not null && !known.Contains(parts[0])) throw new ArgumentException($"{option}: '{parts[0]}' is none of {string.Join(", ", known)}.");
            return (parts[0], weight);
        })];

    private static void Print(LoadSummary summary)
    {
        var console = ReportTable.Console();
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("act");
        foreach (var head in (string[])["count", "/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms"]) table.AddColumn(new TableColumn(head).RightAligned());
        foreach (var row in summary.Acts) table.AddRow(row.Act, Text(row.Count), Text(row.PerSecond), Text(row.P50), Text(row.P99), Text(row.P999), Text(row.Max));
        console.Write(table);
        foreach (var (reason, count) in summary.Refusals) console.WriteLine($"refused  {reason,-24} {Text(count),12}");
        foreach (var (reason, count) in summary.Errors) console.WriteLine($"failed   {reason,-24} {Text(count),12}");
        console.WriteLine(summary.ErrorCount == 0 ? "No errors." : $"{Text(summary.ErrorCount)} errors.");
    }

    private static string Text(double value) => value.ToString(value is > 0 and < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
