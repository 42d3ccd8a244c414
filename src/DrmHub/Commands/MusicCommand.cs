using System.CommandLine;
using System.Text.Json;
using DrmHub.Music;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Ddex;
using DrmHub.Music.Podcasts;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub music ingest|import|import-ern|import-feed|report</c>: the catalogue and its sound from files, and reports to licensors.</summary>
internal static class MusicCommand
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create() => new("music", "Look after the music and podcast catalogue") { MusicIngestCommand.Create(), Import(), ImportErn(), ImportFeed(), MusicReportCommand.Create() };

    private static Command Import()
    {
        var file = new Argument<string>("FILE") { Description = "Lines of JSON (docs/music.md); - for standard input" };
        var json = CpixCommand.JsonOption();
        return MusicSetup.Define("import", "Import items of the catalogue, all or none", [file, json], async (parsed, setup, cancellationToken) =>
        {
            await using var stream = Open(parsed.GetRequiredValue(file));
            try
            {
                var stored = await CatalogueImport.ImportAsync(stream, setup.Get<MusicCatalogue>(), MusicActor.CommandLine, cancellationToken);
                if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(stored, Json));
                else foreach (var (kind, count) in stored) Console.Out.WriteLine($"{count,8}  {kind}");
                return 0;
            }
            catch (MusicException exception)
            {
                return Refuse(exception.Code, exception.Problems, parsed.GetValue(json));
            }
        });
    }

    private static Command ImportErn()
    {
        var files = new Argument<string[]>("FILE") { Description = "DDEX messages (ERN 3.8, 4.1 to 4.3.2); - for standard input", Arity = ArgumentArity.OneOrMore };
        files.Validators.Add(result =>
        {
            // A mistyped option would be a file that is missing, and the good files before it would be imported.
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal) && !ConfiguredCommand.IsConfiguration(token.Value)) is { } odd) result.AddError($"{odd.Value.ReplaceLineEndings(" ")} is not an option of drmhub music import-ern.");
        });
        var dryRun = new Option<bool>("--dry-run") { Description = "Check the messages and say what they would do" };
        var json = CpixCommand.JsonOption();
        return MusicSetup.Define("import-ern", "Import DDEX messages: each whole, or not at all", [files, dryRun, json], async (parsed, setup, cancellationToken) =>
        {
            var failed = 0;
            foreach (var file in parsed.GetRequiredValue(files).Where(file => !ConfiguredCommand.IsConfiguration(file)))
            {
                try
                {
                    await using var stream = Open(file);
                    var outcome = await setup.Get<ErnImporter>().ImportAsync(stream, MusicActor.CommandLine, parsed.GetValue(dryRun), cancellationToken);
                    Print(file, outcome, parsed.GetValue(json));
                }
                catch (ErnException exception)
                {
                    failed++;
                    if (!parsed.GetValue(json)) Console.Error.WriteLine($"drmhub: {file} was refused:");
                    Refuse(exception.Problems[0].Code, [.. exception.Problems.Select(problem => problem.ToString())], parsed.GetValue(json), file);
                }
            }

            return failed == 0 ? 0 : Failures.Failed;
        });
    }

    private static Command ImportFeed()
    {
        var file = new Argument<string>("FILE") { Description = "An RSS feed; - for standard input" };
        var show = new Option<string?>("--show") { Description = "The show that it becomes; default: by its podcast:guid, or a new one" };
        var source = new Option<string?>("--source") { Description = "The address that it came from" };
        var locked = new Option<bool>("--even-if-locked") { Description = "You own the feed, so podcast:locked does not forbid it" };
        var json = CpixCommand.JsonOption();
        return MusicSetup.Define("import-feed", "Import a podcast from its feed", [file, show, source, locked, json], async (parsed, setup, cancellationToken) =>
        {
            await using var stream = Open(parsed.GetRequiredValue(file));
            var outcome = await setup.Get<FeedImporter>().ImportAsync(stream, parsed.GetValue(show), parsed.GetValue(source), parsed.GetValue(locked), MusicActor.CommandLine, cancellationToken);
            if (parsed.GetValue(json)) Console.Out.WriteLine(JsonSerializer.Serialize(outcome, Json));
            else Console.Out.WriteLine($"{outcome.ShowId}: {outcome.Added} episodes added, {outcome.Updated} updated.");
            foreach (var problem in parsed.GetValue(json) ? [] : outcome.Problems) Console.Error.WriteLine($"left out: {problem}");
            return 0;
        });
    }

    private static Stream Open(string file) => file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);

    private static void Print(string file, ErnOutcome outcome, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(outcome, Json));
            return;
        }

        Console.Out.WriteLine($"{file}: {outcome.Result} {outcome.ReleaseId} {outcome.Title} ({outcome.Recordings} recordings, {outcome.Deals.Count} deals)");
        foreach (var note in outcome.Notes) Console.Error.WriteLine($"  {note}");
    }

    private static int Refuse(string code, IReadOnlyList<string> problems, bool json, string? file = null)
    {
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(new { file, refused = code, problems }, Json));
        else foreach (var problem in problems) Console.Error.WriteLine($"  {problem}");
        return Failures.Failed;
    }
}
