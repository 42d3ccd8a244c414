using System.CommandLine;
using System.Text;
using System.Text.Json;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub rights import|export|list|show|put|delete|takedown|lift|decide|replay</c>: what rights teams do, on the command line.</summary>
internal static class RightsCommand
{
    public static Command Create() => new("rights", "Look after deals, plans, subscribers and takedowns")
    {
        Import(), Export(), List(), Show(), Put(), Delete(), RightsTakedownCommand.Takedown(), RightsTakedownCommand.Lift(), RightsDecideCommand.Create(), RightsReplayCommand.Create(),
    };

    private static Command Import()
    {
        var file = new Argument<string>("FILE") { Description = "NDJSON as export writes it; - for standard input" };
        var kind = new Option<string?>("--kind") { Description = "Each line is a document of this kind alone: " + Kinds };
        var json = CpixCommand.JsonOption();
        kind.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && RightsKinds.Find(name) is null) result.AddError("--kind is one of " + Kinds + ".");
        });
        return RightsSetup.Define("import", "Write documents from a file, all or none of them", [file, kind, json], async (parsed, setup, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(file);
            await using var source = name == "-" ? Console.OpenStandardInput() : File.OpenRead(name);
            var changes = await RightsFile.ReadAsync(source, parsed.GetValue(kind) is { } only ? RightsKinds.Find(only) : null, cancellationToken);
            return Report(await setup.Store.ChangeAsync(changes, RightsSetup.Actor, cancellationToken), parsed.GetValue(json));
        });
    }

    private static Command Export()
    {
        var file = new Argument<string>("FILE") { Description = "Where to; - for standard output", DefaultValueFactory = _ => "-" };
        return RightsSetup.Define("export", "Write every document to a file, one a line", [file], async (parsed, setup, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(file);
            if (name == "-" || ConfiguredCommand.IsConfiguration(name))
            {
                await using var output = Console.OpenStandardOutput();
                await RightsFile.WriteAsync(setup.Store, output, cancellationToken);
                return 0;
            }

            // Under a name of its own first: a half export never stands where a whole one stood.
            var part = name + ".part";
            await using (var output = File.Create(part)) await RightsFile.WriteAsync(setup.Store, output, cancellationToken);
            File.Move(part, name, overwrite: true);
            return 0;
        });
    }

    private static Command List()
    {
        var kind = KindArgument();
        return RightsSetup.Define("list", "Print the documents of a kind, one a line", [kind], async (parsed, setup, cancellationToken) =>
        {
            var chosen = RightsKinds.Find(parsed.GetRequiredValue(kind))!;
            for (var after = ""; ;)
            {
                var page = await setup.Store.ListDocumentsAsync(chosen, after, 1000, cancellationToken);
                foreach (var document in page) await Console.Out.WriteLineAsync(chosen.Write(document));
                if (page.Count < 1000) return 0;
                after = chosen.IdOf(page[^1]);
            }
        });
    }

    private static Command Show()
    {
        var (kind, id) = (KindArgument(), IdArgument());
        return RightsSetup.Define("show", "Print one document", [kind, id], async (parsed, setup, cancellationToken) =>
        {
            var chosen = RightsKinds.Find(parsed.GetRequiredValue(kind))!;
            if (await setup.Store.FindDocumentAsync(chosen, parsed.GetRequiredValue(id), cancellationToken) is not { } stored) return Failures.Say($"there is no such {chosen.Name}.");
            Console.Out.WriteLine(JsonSerializer.Serialize(stored.Document, chosen.DocumentType, Indented));
            return 0;
        });
    }

    private static Command Put()
    {
        var kind = KindArgument();
        var file = new Argument<string>("FILE") { Description = "One document in JSON; - for standard input" };
        var json = CpixCommand.JsonOption();
        return RightsSetup.Define("put", "Write one document", [kind, file, json], async (parsed, setup, cancellationToken) =>
        {
            var chosen = RightsKinds.Find(parsed.GetRequiredValue(kind))!;
            var name = parsed.GetRequiredValue(file);
            var text = name == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(name, cancellationToken);
            var document = chosen.Parse(Encoding.UTF8.GetBytes(text));
            var change = new RightsChange { Kind = chosen, Id = chosen.IdOf(document), Document = document };
            return Report(await setup.Store.ChangeAsync([change], RightsSetup.Actor, cancellationToken), parsed.GetValue(json));
        });
    }

    private static Command Delete()
    {
        var (kind, id) = (KindArgument(), IdArgument());
        return RightsSetup.Define("delete", "Take one document away", [kind, id], async (parsed, setup, cancellationToken) =>
        {
            var chosen = RightsKinds.Find(parsed.GetRequiredValue(kind))!;
            var outcome = await setup.Store.ChangeAsync([RightsChange.Delete(chosen, parsed.GetRequiredValue(id))], RightsSetup.Actor, cancellationToken);
            return outcome.Deleted == 1 ? 0 : Failures.Say($"there is no such {chosen.Name}.");
        });
    }

    public static JsonSerializerOptions Indented { get; } = new(RightsJson.Options) { WriteIndented = true };

    private static string Kinds => string.Join(", ", RightsKinds.All.Select(kind => kind.Name));

    public static int Report(RightsOutcome outcome, bool json)
    {
        Console.Out.WriteLine(json
            ? JsonSerializer.Serialize(outcome, RightsJson.Options)
            : $"{outcome.Created} created, {outcome.Updated} updated, {outcome.Unchanged} unchanged; version {outcome.Version}");
        return 0;
    }

    private static Argument<string> KindArgument()
    {
        var kind = new Argument<string>("KIND") { Description = Kinds };
        kind.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && RightsKinds.Find(name) is null) result.AddError("KIND is one of " + Kinds + ".");
        });
        return kind;
    }

    private static Argument<string> IdArgument() => new("ID") { Description = "The id of the document" };
}
