using System.CommandLine;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Music;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using Microsoft.Extensions.Options;
using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub music ingest FILE…</c>: sound files become encrypted renditions of recordings and episodes.</summary>
internal static class MusicIngestCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "AAC in MP4, FLAC, WAV, Opus or MP3", Arity = ArgumentArity.OneOrMore };
        var owner = new Option<string?>("--for") { Description = "The recording, track or episode that the file is of; default: the one whose id or ISRC is the file's name without its ending, or a new recording" };
        var tiers = new Option<string>("--tiers") { Description = "Which renditions to make, as far as the source is good enough", DefaultValueFactory = _ => "preview,low,high,lossless" };
        var asIs = new Option<string?>("--as") { Description = "The file is this rendition already (low, high, lossless): nothing is encoded" };
        var scheme = new Option<string>("--scheme") { Description = "cbcs or cenc", DefaultValueFactory = _ => "cbcs" };
        var language = new Option<string?>("--language") { Description = "Of the words, where a title has several language tracks" };
        var preview = new Option<double?>("--preview-start") { Description = "Second at which the preview of 30 s starts" };
        var unmeasured = new Option<bool>("--no-measure") { Description = "Do not decode the file to measure its loudness; damage inside the sound then goes unnoticed" };
        var json = CpixCommand.JsonOption();
        tiers.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Split(',').Any(name => QualityNames.Parse(name) is null))) result.AddError("--tiers is one or more of preview, low, high, lossless, with commas between.");
        });
        asIs.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => QualityNames.Parse(token.Value) is null or RenditionQuality.Preview)) result.AddError("--as is low, high or lossless.");
        });
        scheme.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value is not ("cbcs" or "cenc"))) result.AddError("--scheme is cbcs or cenc.");
        });
        return MusicSetup.Define("ingest", "Package sound files: renditions by tier, each encrypted with its own key, and a clear preview", [files, owner, tiers, asIs, scheme, language, preview, unmeasured, json], async (parsed, setup, cancellationToken) =>
        {
            var paths = parsed.GetRequiredValue(files);
            if (paths.Length > 1 && parsed.GetValue(owner) is not null)
            {
                await Console.Error.WriteLineAsync("drmhub: --for names one recording, so it goes with one file.");
                return UsageErrors.WrongUsage;
            }

            var named = ProtectionSchemes.TryParse(parsed.GetRequiredValue(scheme), out var given) ? given : ProtectionScheme.Cbcs; // The option lets only known names in.
            var options = new IngestOptions(
                parsed.GetValue(owner), [.. parsed.GetRequiredValue(tiers).Split(',').Select(name => QualityNames.Parse(name)!.Value)], parsed.GetValue(asIs) is { } text ? QualityNames.Parse(text) : null,
                named, parsed.GetValue(language), parsed.GetValue(preview), !parsed.GetValue(unmeasured), parsed.GetValue(json));
            return await RunAsync(paths, options, setup, cancellationToken);
        });
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> paths, IngestOptions options, MusicSetup setup, CancellationToken cancellationToken)
    {
        var folder = setup.Get<IOptions<MusicOptions>>().Value.MediaFolder ?? throw new ArgumentException("Music:MediaFolder is empty.");
        var ingest = new MusicIngest(setup.Get<MusicCatalogue>(), new MusicPackager(setup.Get<MusicCatalogue>(), setup.Get<KeyStore>(), setup.Get<AuditLog>(), new MediaFolder(folder)));
        var failed = 0;
        foreach (var path in paths)
        {
            try
            {
                var outcome = await WithBarAsync(Path.GetFileName(path), progress => ingest.RunAsync(path, options.Owner, options.ToRequest, MusicActor.CommandLine, progress, cancellationToken));
                Print(path, outcome, options.Json);
            }
            catch (PackagingException exception)
            {
                failed++;
                if (options.Json) Console.Out.WriteLine(JsonSerializer.Serialize(new { file = path, refused = exception.Code, problem = exception.Message }, MusicCommand.Json));
                else await Console.Error.WriteLineAsync($"drmhub: {Plain(path)}: {exception.Message} ({exception.Code})");
            }
        }

        return failed == 0 ? 0 : Failures.Failed;
    }

    private static void Print(string path, IngestOutcome outcome, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new { file = path, owner = outcome.OwnerId, isNew = outcome.IsNewOwner, made = outcome.Result.Made, kept = outcome.Result.Kept, remarks = outcome.Result.Remarks }, MusicCommand.Json));
            return;
        }

        Console.Out.WriteLine($"{Plain(path)}: {(outcome.IsNewOwner ? "new recording " : "")}{outcome.OwnerId}");
        foreach (var rendition in outcome.Result.Made.Concat(outcome.Result.Kept).OrderBy(rendition => rendition.Quality))
        {
            var kept = outcome.Result.Kept.Contains(rendition) ? "  (was there)" : "";
            var loudness = rendition.Loudness is { } level ? FormattableString.Invariant($"{level,6:F1} LUFS") : "";
            Console.Out.WriteLine(FormattableString.Invariant($"  {rendition.Quality,-8} {rendition.Codec,-10} {rendition.Bitrate / 1000.0,6:F0} kbit/s {rendition.DurationMs / 1000.0,8:F1} s {loudness}{kept}"));
        }

        foreach (var remark in outcome.Result.Remarks) Console.Error.WriteLine($"  {remark}");
    }

    /// <summary>A bar on a terminal; nothing where standard error goes elsewhere.</summary>
    private static async Task<T> WithBarAsync<T>(string name, Func<IProgress<PackagingProgress>?, Task<T>> work)
    {
        if (Console.IsErrorRedirected) return await work(null);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        return await console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn()).StartAsync(async context =>
        {
            var task = context.AddTask(Markup.Escape(Plain(name)), maxValue: 1);
            return await work(new Bar(task, Plain(name)));
        });
    }

    /// <summary>A file's name may hold control characters that a terminal obeys.</summary>
    private static string Plain(string text) => new([.. text.Select(c => char.IsControl(c) ? '\uFFFD' : c).Take(200)]);

    private sealed record IngestOptions(string? Owner, HashSet<RenditionQuality> Tiers, RenditionQuality? As, ProtectionScheme Scheme, string? Language, double? PreviewStart, bool Measure, bool Json)
    {
        public PackagingRequest ToRequest(string path, string ownerId, string contentId) => new()
        {
            Path = path, OwnerId = ownerId, ContentId = contentId, Tiers = Tiers, As = As, Scheme = Scheme, Language = Language, PreviewStart = PreviewStart, Measure = Measure,
        };
    }

    private sealed class Bar(ProgressTask task, string name) : IProgress<PackagingProgress>
    {
        public void Report(PackagingProgress value)
        {
            task.Description = Markup.Escape($"{name}: {value.Step}");
            task.Value = value.Fraction;
        }
    }
}
