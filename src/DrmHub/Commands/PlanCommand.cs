using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using DrmHub.Host.Planning;
using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub plan</c>: how many nodes, databases and Redis shards an event takes, from measured figures.</summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var defaults = new Audience { Viewers = 1, Ramp = TimeSpan.FromMinutes(10) };
        var viewers = new Option<long>("--viewers") { Description = "Players at the height of the event", Required = true };
        var ramp = Duration("--ramp", "In which time they join", "10m");
        var peak = new Option<double>("--peak") { Description = "The busiest moment of the ramp over its mean", DefaultValueFactory = _ => defaults.Peak };
        var length = Duration("--event", "How long the event lasts", "4h");
        var period = Duration("--crypto-period", "How long one set of keys is in use; left out: keys do not change", null);
        var keys = new Option<int>("--keys") { Description = "Keys in a licence for one crypto period", DefaultValueFactory = _ => defaults.Keys };
        var ahead = new Option<int>("--periods-ahead") { Description = "Crypto periods that a licence brings ahead", DefaultValueFactory = _ => defaults.PeriodsAhead };
        var boundary = Duration("--boundary", "In which time players notice a key change", "10s");
        var renewal = Duration("--renewal", "How often licences are renewed where keys do not change", "6h");
        var heartbeat = Duration("--heartbeat", "How often a player says that it still plays", "60s");
        var single = new Option<bool>("--single-use") { Description = "Tokens are good for one licence" };
        var cores = new Option<int>("--cores") { Description = "Cores of a node", DefaultValueFactory = _ => defaults.CoresPerNode };
        var utilisation = new Option<double>("--utilisation") { Description = "Share of what was measured that is planned with", DefaultValueFactory = _ => defaults.Utilisation };
        var zones = new Option<int>("--zones") { Description = "Zones; the plan holds with one of them gone", DefaultValueFactory = _ => defaults.Zones };
        var figures = new Option<string?>("--figures") { Description = "A JSON file with figures that you measured (docs/scale.md)" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("plan", "How many nodes, databases and Redis shards an event takes")
        {
            viewers, ramp, peak, length, period, keys, ahead, boundary, renewal, heartbeat, single, cores, utilisation, zones, figures, json,
        };
        command.SetAction(parsed => Failures.Guard(() =>
        {
            var audience = new Audience
            {
                Viewers = parsed.GetValue(viewers),
                Ramp = parsed.GetValue(ramp)!.Value,
                Peak = parsed.GetValue(peak),
                Event = parsed.GetValue(length)!.Value,
                CryptoPeriod = parsed.GetValue(period),
                Keys = parsed.GetValue(keys),
                PeriodsAhead = parsed.GetValue(ahead),
                Boundary = parsed.GetValue(boundary)!.Value,
                Renewal = parsed.GetValue(renewal)!.Value,
                Heartbeat = parsed.GetValue(heartbeat)!.Value,
                SingleUseTokens = parsed.GetValue(single),
                CoresPerNode = parsed.GetValue(cores),
                Utilisation = parsed.GetValue(utilisation),
                Zones = parsed.GetValue(zones),
            };
            try
            {
                audience.Validate();
            }
            catch (ArgumentException exception)
            {
                Failures.Say(exception.Message);
                return UsageErrors.WrongUsage;
            }

            var measured = Read(parsed.GetValue(figures));
            var plans = ScalePlan.For(audience, measured);
            if (parsed.GetValue(json)) System.Console.Out.WriteLine(JsonSerializer.Serialize(new { audience, figures = measured, plans }, s_json));
            else Print(plans, measured);
            return 0;
        }));
        return command;
    }

    private static MeasuredFigures Read(string? path)
    {
        if (path is null) return MeasuredFigures.BuiltIn;
        using var file = File.OpenRead(path);
        return MeasuredFigures.Read(file);
    }

    private static Option<TimeSpan?> Duration(string name, string description, string? standard) => new(name)
    {
        Description = description,
        HelpName = "90s|10m|4h",
        CustomParser = result => Parse(result, result.Tokens.Single().Value),
        DefaultValueFactory = result => standard is null ? null : Parse(result, standard),
    };

    private static TimeSpan? Parse(ArgumentResult result, string text)
    {
        if (DurationText.TryParse(text, out var duration)) return duration;
        result.AddError($"'{text}' is no duration such as 90s, 10m, 4h or 1d.");
        return null;
    }

    private static void Print(IReadOnlyList<ScalePlan> plans, MeasuredFigures figures)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("keys");
        foreach (var plan in plans) table.AddColumn(new TableColumn(plan.Name).RightAligned());
        Row("joins /s, at their height", plan => Number(plan.Joins));
        Row("key changes /s", plan => Number(plan.KeyChanges));
        Row("renewals /s", plan => Number(plan.Renewals));
        Row("licences /s, worst moment", plan => Number(plan.PeakLicenses));
        Row("heartbeats /s", plan => Number(plan.Heartbeats));
        Row("cores", plan => Number(plan.Cores));
        Row("licence nodes, one zone may go", plan => Number(plan.Nodes));
        Row("Redis operations /s", plan => Number(plan.RedisOperations));
        Row("Redis shards", plan => Number(plan.RedisShards));
        Row("audit entries /s", plan => Number(plan.AuditEntries));
        Row("PostgreSQL servers (cells)", plan => Number(plan.Databases));
        Row("licences of the event", plan => Number(plan.LicensesOfTheEvent));
        Row("audit log of the event, GB", plan => Number(plan.AuditBytesOfTheEvent / 1e9));
        var console = ReportTable.Console();
        console.Write(table);
        if (plans is [var asked, var delivered])
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Delivering keys ahead saves {1 - (delivered.PeakLicenses / asked.PeakLicenses):P0} of the worst moment and {asked.Nodes - delivered.Nodes:N0} nodes."));
        console.WriteLine($"Figures: {figures.Source}");

        void Row(string name, Func<ScalePlan, string> value) => table.AddRow([name, .. plans.Select(value)]);
    }

    private static string Number(double value) => Math.Ceiling(value).ToString("N0", CultureInfo.InvariantCulture);
}
