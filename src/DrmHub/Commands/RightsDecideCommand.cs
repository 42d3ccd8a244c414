using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub rights decide CONTENT --sub SUBSCRIBER</c>: what would happen, and why.</summary>
internal static class RightsDecideCommand
{
    public static Command Create()
    {
        var content = new Argument<string>("CONTENT") { Description = "The content id" };
        var subscriber = new Option<string?>("--sub") { Description = "The subscriber" };
        var country = new Option<string?>("--country") { Description = "ISO 3166-1 alpha-2" };
        var level = new Option<SecurityLevel>("--level") { Description = "None, Software, HardwareCrypto or Hardware", DefaultValueFactory = _ => SecurityLevel.Software };
        var use = new Option<ContentUse>("--use") { Description = "Stream or Download" };
        var platform = new Option<string?>("--platform") { Description = "The platform of the player" };
        var plan = new Option<string[]>("--plan") { Description = "A plan that the token vouches for; may be repeated" };
        var at = RightsTakedownCommand.TimeOption("--at", "When. Default: now");
        var draft = DraftOption();
        var json = CpixCommand.JsonOption();
        return RightsSetup.Define("decide", "Explain what would be decided", [content, subscriber, country, level, use, platform, plan, at, draft, json], async (parsed, setup, cancellationToken) =>
        {
            var question = new RightsQuestion
            {
                Content = parsed.GetRequiredValue(content),
                Subscriber = parsed.GetValue(subscriber),
                Country = parsed.GetValue(country),
                Level = parsed.GetValue(level),
                Use = parsed.GetValue(use),
                Platform = parsed.GetValue(platform),
                TokenPlans = parsed.GetValue(plan) ?? [],
                AtMs = RightsTakedownCommand.Time(parsed.GetValue(at)),
                Draft = await ReadDraftAsync(parsed.GetValue(draft), cancellationToken),
            };
            var decision = await new RightsAdvisor(setup.Store, setup.Keys, TimeProvider.System).DecideAsync(question, cancellationToken);
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(decision, RightsJson.Options));
            else Print(decision);
            return decision.Granted ? 0 : Failures.Failed;
        });
    }

    public static Option<string?> DraftOption() => new("--draft") { Description = "A JSON file of rights that are thought of: deals, plans, titles, collections, takedowns, revocations, removed, policy" };

    public static async Task<RightsDraft?> ReadDraftAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is null) return null;
        await using var source = File.OpenRead(file);
        try
        {
            return await JsonSerializer.DeserializeAsync<RightsDraft>(source, RightsJson.Strict, cancellationToken) ?? throw new FormatException($"{file}: the draft is null.");
        }
        catch (JsonException exception)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{file}, line {exception.LineNumber + 1}: {exception.Path} is no JSON, or has another type or name than a draft takes."), exception);
        }
    }

    private static void Print(Decision decision)
    {
        Console.Out.WriteLine(decision.Granted ? $"granted for {decision.LicenseSeconds} s under {string.Join(", ", decision.Deals)}" : $"refused: {decision.Reason}");
        foreach (var key in decision.Keys)
        {
            var name = (key.Track?.ToName() ?? "OTHER").PadRight(6);
            Console.Out.WriteLine(key.Granted ? $"  {name} granted, HDCP {key.Output.Hdcp}, from level {key.Output.MinimumLevel}" : $"  {name} withheld: {key.Reason}");
        }

        foreach (var sentence in decision.Trace) Console.Out.WriteLine("  - " + sentence);
    }
}
