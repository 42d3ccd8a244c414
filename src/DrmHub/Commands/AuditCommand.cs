using System.CommandLine;
using System.Text;
using System.Text.Json;
using DrmHub.Vault.Audit;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub audit verify|list|count|licensed|export|key|erase|hold|release|retire</c>.</summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "The audit log: check it, ask it, carry it out, erase persons from it")
    {
        AuditVerifyCommand.Create(), List(), Count(), AuditLicensedCommand.Create(), Export(), Key(), Erase(), Hold(), Release(), Retire(),
    };

    private static Command List()
    {
        var filters = new AuditFilters();
        var limit = new Option<int>("--limit") { Description = "Entries to print", DefaultValueFactory = _ => 100 };
        var json = new Option<bool>("--json") { Description = "One JSON object a line" };
        return AuditSetup.Define("list", "Print entries, newest first", [.. filters.All, limit, json], async (parsed, log, cancellationToken) =>
        {
            var page = await log.QueryAsync(filters.Read(parsed) with { Limit = parsed.GetValue(limit) }, cancellationToken);
            foreach (var entry in page.Entries)
            {
                Console.Out.WriteLine(parsed.GetValue(json)
                    ? $"{{\"index\":{entry.Index},\"entry\":{Encoding.UTF8.GetString(entry.Leaf.Span)}}}"
                    : Printable($"{entry.Index,8}  {entry.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z  {entry.Kind.ToName(),-16} {entry.ContentId} {entry.Country} {entry.System} {entry.ReasonCode} {entry.Actor ?? entry.Pseudonym}"));
            }

            return 0;
        });
    }

    private static Command Count()
    {
        var filters = new AuditFilters();
        var by = new Option<AuditColumn>("--by") { Description = "The column whose values are counted", Required = true };
        var json = new Option<bool>("--json") { Description = "One JSON object a line" };
        return AuditSetup.Define("count", "Count entries by the values of a column, most first", [.. filters.All, by, json], async (parsed, log, cancellationToken) =>
        {
            foreach (var count in await log.CountAsync(filters.Read(parsed), parsed.GetValue(by), cancellationToken))
                Console.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(new { value = count.Value, entries = count.Entries }) : Printable($"{count.Entries,10}  {count.Value ?? "-"}"));
            return 0;
        });
    }

    private static Command Export()
    {
        var filters = new AuditFilters();
        var output = new Option<string>("--out") { Description = "A folder or .tar (the whole log, as C2SP tiles that verify), or a .csv or .ndjson file (what the filters find)", Required = true };
        return AuditSetup.Define("export", "Write the log to files", [.. filters.All, output], async (parsed, log, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(output);
            var extension = Path.GetExtension(path).ToLowerInvariant();
            if (extension is not (".csv" or ".ndjson"))
            {
                if (filters.All.Any(filter => parsed.GetResult(filter) is not null)) throw new ArgumentException("A verifiable export is the whole log: filters go with .csv and .ndjson.");
                if (extension != ".tar") await log.Export.WriteFolderAsync(path, cancellationToken);
                else
                {
                    await using var tar = File.Create(path);
                    await log.Export.WriteTarAsync(tar, cancellationToken);
                }

                return 0;
            }

            await using var file = File.Create(path);
            await log.WriteAsync(filters.Read(parsed), extension == ".csv", file, cancellationToken);
            return 0;
        });
    }

    private static Command Key() => AuditSetup.Define("key", "Print the verifier key that checks the log", [], (_, log, _) =>
    {
        Console.Out.WriteLine(log.Tree.Key);
        return Task.FromResult(0);
    });

    private static Command Erase()
    {
        var subject = new Argument<string>("subject") { Description = "The subscriber's id" };
        var actor = Actor();
        return AuditSetup.Define("erase", "Destroy a subscriber's key: what is sealed under it can never be read again", [subject, actor], async (parsed, log, cancellationToken) =>
            await log.Duties.EraseAsync(parsed.GetRequiredValue(subject), parsed.GetRequiredValue(actor), cancellationToken) ? 0 : Failures.Say("The log holds no key of that subscriber."));
    }

    private static Command Hold()
    {
        var name = new Argument<string>("name") { Description = "Names the hold" };
        var reason = new Option<string>("--reason") { Description = "Why", Required = true };
        var subject = new Option<string?>("--subject") { Description = "Only this subscriber. Default: everything" };
        var actor = Actor();
        return AuditSetup.Define("hold", "Place a legal hold: nothing is erased or retired", [name, reason, subject, actor], async (parsed, log, cancellationToken) =>
        {
            await log.Duties.PlaceHoldAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(reason), parsed.GetValue(subject), parsed.GetRequiredValue(actor), cancellationToken);
            return 0;
        });
    }

    private static Command Release()
    {
        var name = new Argument<string>("name") { Description = "The hold" };
        var reason = new Option<string>("--reason") { Description = "Why", Required = true };
        var actor = Actor();
        return AuditSetup.Define("release", "Release a legal hold", [name, reason, actor], async (parsed, log, cancellationToken) =>
            await log.Duties.ReleaseHoldAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(reason), parsed.GetRequiredValue(actor), cancellationToken) ? 0 : Failures.Say("There is no such hold."));
    }

    private static Command Retire()
    {
        var before = new Option<string>("--before") { Description = "The first month that stays: 2026-11", Required = true };
        var output = new Option<string>("--out") { Description = "Folder that takes the entries", Required = true };
        var actor = Actor();
        return AuditSetup.Define("retire", "Move old months to files, where they verify", [before, output, actor], async (parsed, log, cancellationToken) =>
        {
            if (!DateOnly.TryParseExact(parsed.GetRequiredValue(before), "yyyy-MM", out var month)) throw new ArgumentException("--before is a month such as 2026-11.");
            var minimum = await log.Duties.RetireAsync(month.Year, month.Month, parsed.GetRequiredValue(output), parsed.GetRequiredValue(actor), cancellationToken);
            Console.Out.WriteLine($"Entries below {minimum} are in the files alone; their hashes stay here.");
            return 0;
        });
    }

    private static Option<string> Actor() => new("--as") { Description = "The operator's name, for the log", DefaultValueFactory = _ => "operator" };

    /// <summary>Values come from outside: nothing in them may steer a terminal.</summary>
    internal static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c));
}
