using System.CommandLine;
using System.Text.Json;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub rights replay --draft FILE</c>: recorded requests under a draft, and who gains and who loses.</summary>
internal static class RightsReplayCommand
{
    public static Command Create()
    {
        var draft = RightsDecideCommand.DraftOption();
        draft.Required = true;
        var from = RightsTakedownCommand.TimeOption("--from", "From when, ISO 8601 with its offset. Default: from the beginning");
        var until = RightsTakedownCommand.TimeOption("--until", "Until when. Default: until now");
        var content = new Option<string?>("--content") { Description = "Only requests for this content" };
        var limit = new Option<int>("--limit") { Description = "Lines of each list", DefaultValueFactory = _ => 20 };
        var json = CpixCommand.JsonOption();
        return RightsSetup.Define("replay", "Decide recorded requests again under a draft", [draft, from, until, content, limit, json], async (parsed, setup, cancellationToken) =>
        {
            var question = new ReplayQuestion
            {
                FromMs = RightsTakedownCommand.Time(parsed.GetValue(from)),
                UntilMs = RightsTakedownCommand.Time(parsed.GetValue(until)),
                Content = parsed.GetValue(content),
                Draft = (await RightsDecideCommand.ReadDraftAsync(parsed.GetRequiredValue(draft), cancellationToken))!,
                Limit = parsed.GetValue(limit),
            };
            var answer = await new RightsReplay(setup.Store, setup.Audit, setup.Keys).RunAsync(question, cancellationToken);
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(answer, RightsJson.Options));
            else Print(answer);
            return 0;
        });
    }

    private static void Print(ReplayAnswer answer)
    {
        Console.Out.WriteLine($"{answer.Requests} requests decided again; {answer.GainingRequests} would gain, {answer.LosingRequests} would lose; {answer.ChangedSince} are decided otherwise today than they were then");
        Print("gains", answer.Gains, answer.GainsTotal);
        Print("loses", answer.Losses, answer.LossesTotal);
    }

    private static void Print(string verb, IReadOnlyList<ReplayChange> changes, long total)
    {
        foreach (var change in changes)
            Console.Out.WriteLine($"  {change.Subscriber ?? change.Pseudonym ?? "nobody"} {verb} on {change.Content}: {Tracks(change.Before)} -> {Tracks(change.After)}{(change.ReasonAfter is { } reason ? $" ({reason})" : "")}, {change.Requests} requests");
        if (total > changes.Count) Console.Out.WriteLine($"  and {total - changes.Count} more");
    }

    private static string Tracks(IReadOnlyList<string> tracks) => tracks.Count == 0 ? "nothing" : string.Join("+", tracks);
}
