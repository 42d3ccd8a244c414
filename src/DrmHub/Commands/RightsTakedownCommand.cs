using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub rights takedown</c> and <c>lift</c>: content that nobody gets, on every node within a second.</summary>
internal static class RightsTakedownCommand
{
    private const string CollectionMark = "collection:";

    public static Command Takedown()
    {
        // One word alone: an argument that takes more would take a mistyped option and its value for content.
        var content = new Argument<string>("CONTENT") { Description = "A content id, a prefix with a star, or collection:ID" };
        var also = new Option<string[]>("--also") { Description = "Further content of the same takedown; may be repeated" };
        var territory = new Option<string[]>("--territory") { Description = "A country where it holds (a blackout); may be repeated. Default: everywhere" };
        var from = TimeOption("--from", "When it begins, ISO 8601 with its offset. Default: at once");
        var until = TimeOption("--until", "When it ends. Default: when it is lifted");
        var reason = new Option<string?>("--reason") { Description = "Why, for the log; no names of persons" };
        var id = new Option<string?>("--id") { Description = "A name for it. Default: one made of what it covers" };
        var json = CpixCommand.JsonOption();
        content.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>()?.StartsWith("--", StringComparison.Ordinal) == true) result.AddError("CONTENT stands before further options.");
        });
        return RightsSetup.Define("takedown", "Refuse content to everybody, whatever deals say", [content, also, territory, from, until, reason, id, json], async (parsed, setup, cancellationToken) =>
        {
            string[] words = [parsed.GetRequiredValue(content), .. parsed.GetValue(also) ?? []];
            var takedown = new Takedown
            {
                Id = "",
                Content = new ContentSelector
                {
                    Patterns = [.. words.Where(word => !word.StartsWith(CollectionMark, StringComparison.Ordinal))],
                    Collections = [.. words.Where(word => word.StartsWith(CollectionMark, StringComparison.Ordinal)).Select(word => word[CollectionMark.Length..])],
                },
                Territories = (parsed.GetValue(territory) ?? []).Select(code => code.ToUpperInvariant()).ToHashSet(StringComparer.Ordinal),
                FromMs = Time(parsed.GetValue(from)),
                UntilMs = Time(parsed.GetValue(until)),
                Reason = parsed.GetValue(reason),
            };
            takedown = takedown with { Id = parsed.GetValue(id) ?? NameOf(takedown) };
            await setup.Store.ChangeAsync([RightsChange.Put(RightsKinds.Takedowns, takedown)], RightsSetup.Actor, cancellationToken);
            Console.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(takedown, RightsJson.Options) : takedown.Id);
            return 0;
        });
    }

    public static Command Lift()
    {
        var id = new Argument<string>("ID") { Description = "The takedown; see drmhub rights list takedown" };
        return RightsSetup.Define("lift", "End a takedown", [id], async (parsed, setup, cancellationToken) =>
        {
            var outcome = await setup.Store.ChangeAsync([RightsChange.Delete(RightsKinds.Takedowns, parsed.GetRequiredValue(id))], RightsSetup.Actor, cancellationToken);
            return outcome.Deleted == 1 ? 0 : Failures.Say("there is no such takedown.");
        });
    }

    public static Option<string?> TimeOption(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !UtcMilliseconds.TryParse(text, out _)) result.AddError($"{name} is a time such as 2026-03-29T18:00:00+05:30.");
        });
        return option;
    }

    public static long? Time(string? text) => text is not null && UtcMilliseconds.TryParse(text, out var milliseconds) ? milliseconds : null;

    /// <summary>The same words make the same takedown, so that a command that is repeated does not make two.</summary>
    private static string NameOf(Takedown takedown)
    {
        var what = takedown.Content.Patterns.Concat(takedown.Content.Collections.Select(id => CollectionMark + id)).ToList();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', what.Concat(takedown.Territories.Order(StringComparer.Ordinal))))))[..8];
        return what.Count == 1 && what[0].Length <= 100 && takedown.Territories.Count == 0 ? what[0] : $"takedown-{hash}";
    }
}
