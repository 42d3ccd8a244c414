using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Music.Catalogue;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Usage;

/// <summary>What became of the plays, in their order.</summary>
public sealed record PlayAnswers(IReadOnlyList<PlayAnswer> Plays);

/// <summary>The rows of a report with what stands behind each, and the plays that do not count.</summary>
public sealed record UsageTrace(string FileName, IReadOnlyList<DsrUse> Rows, IReadOnlyDictionary<string, int> LeftOut);

/// <summary><c>POST /music/plays</c> for players; <c>GET /music/reports/{licensor}</c> and its trace for rights teams.</summary>
public static class UsageApi
{
    private const int MaxBody = 256 * 1024;

    internal static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var music = routes.MapGroup("/music").WithProblems();
        music.MapPost("plays", TakeAsync).AllowAnonymous().WithTags("players").WithMetadata(new RequestSizeLimitAttribute(MaxBody)).WithName("ReportPlays")
            .WithSummary($"Up to {PlayIntake.MaxPlays} plays: at their start, after 30 s, at their end, or late from a device that was offline. Sending one again changes nothing.");
        music.MapDelete("plays", ForgetAsync).RequireAuthorization(MusicHttp.WriteRole).WithTags("music").WithName("ForgetListener").WithSummary("Cuts the tie between a subscriber and their plays, which still count.");
        var reports = music.MapGroup("reports/{licensor}").RequireAuthorization(MusicHttp.ReadRole).WithTags("music");
        reports.MapGet("", ReportAsync).WithName("GetUsageReport").WithSummary("A DDEX Digital Sales Report (Basic Audio Profile) for a licensor and period.").Produces<string>(StatusCodes.Status200OK, "text/tab-separated-values");
        reports.MapGet("trace", TraceAsync).WithName("GetUsageTrace").WithSummary("Each row of the report with its plays, their licences in the audit log, and the deal of each.");
    }

    private static async Task<Results<Ok<PlayAnswers>, ProblemHttpResult>> TakeAsync(PlayBatch batch, HttpContext http, MusicVisitors visitors, PlayIntake intake, CancellationToken cancellationToken)
    {
        var (player, refusal) = await visitors.PlayerAsync(http, cancellationToken);
        if (player is null) return refusal!;
        if (batch.Plays is null || batch.Plays.Count is 0 or > PlayIntake.MaxPlays || batch.Plays.Any(play => play is null)) return MusicHttp.Malformed(http, $"plays has 1 to {PlayIntake.MaxPlays} entries.");
        return TypedResults.Ok(new PlayAnswers(await intake.TakeAsync(batch.Plays, player, cancellationToken)));
    }

    private static async Task<NoContent> ForgetAsync(string subscriber, HttpContext http, PlayIntake intake, PlayStore store, MusicCatalogue catalogue, CancellationToken cancellationToken)
    {
        await catalogue.RecordAsync(AuditKind.Erasure, "plays.forget", MusicHttp.Actor(http), new Dictionary<string, string>(), cancellationToken);
        await store.ForgetAsync(await intake.ListenerAsync(subscriber, cancellationToken), RandomNumberGenerator.GetBytes(16), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ReportAsync(
        string licensor, HttpContext http, UsageReporter reporter, IOptions<MusicOptions> options, string? from, string? until, string? currency, string[]? revenue, CancellationToken cancellationToken)
    {
        if (Read(licensor, from, until, currency, revenue, options.Value, out var problem) is not { } request) return MusicHttp.Malformed(http, problem);
        var report = await reporter.MakeAsync(request, cancellationToken);
        await reporter.RecordAsync(request, report, MusicHttp.Actor(http, MusicHttp.ReadRole), cancellationToken);
        return TypedResults.File(System.Text.Encoding.UTF8.GetBytes(report.Text), "text/tab-separated-values; charset=utf-8", report.FileName);
    }

    private static async Task<Results<Ok<UsageTrace>, ProblemHttpResult>> TraceAsync(string licensor, HttpContext http, UsageReporter reporter, IOptions<MusicOptions> options, string? from, string? until, CancellationToken cancellationToken)
    {
        if (Read(licensor, from, until, null, null, options.Value, out var problem) is not { } request) return MusicHttp.Malformed(http, problem);
        var report = await reporter.MakeAsync(request, cancellationToken);
        return TypedResults.Ok(new UsageTrace(report.FileName, report.Uses, report.LeftOut));
    }

    /// <summary>The period is whole days, at most a year; revenue is <c>MODEL/TERRITORY=AMOUNT</c>.</summary>
    public static DsrRequest? Read(string licensor, string? from, string? until, string? currency, IReadOnlyList<string>? revenue, MusicOptions options, out string problem)
    {
        problem = "";
        if (licensor.Length > 200) problem = "The licensor is at most 200 characters.";
        if (!TryPeriod(from, until, out var first, out var last)) problem = "from is a month (2026-10) or a day; until is a day not before it, and within a year.";
        if (currency is not null && !(currency.Length == 3 && currency.All(char.IsAsciiLetterUpper))) problem = "currency is three letters of ISO 4217.";
        var amounts = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var pair in revenue ?? [])
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 3 || !decimal.TryParse(pair[(equals + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)) problem = "revenue is MODEL/TERRITORY=AMOUNT, for example SubscriptionModel/IN=1200.50.";
            else amounts[pair[..equals]] = amount;
        }

        if (problem.Length > 0) return null;
        return new DsrRequest
        {
            Licensor = licensor,
            From = first,
            Until = last,
            Currency = currency ?? "INR",
            Revenue = amounts,
            SenderPartyId = options.Ddex.PartyId ?? "",
            ServiceName = options.Usage.ServiceName,
        };
    }

    private static bool TryPeriod(string? from, string? until, out DateOnly first, out DateOnly last)
    {
        last = default;
        if (DateOnly.TryParseExact(from, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out first))
        {
            last = first.AddMonths(1).AddDays(-1);
            if (until is null) return true;
        }
        else if (!DateOnly.TryParseExact(from, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out first))
        {
            return false;
        }

        return DateOnly.TryParseExact(until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out last) && last >= first && last.DayNumber - first.DayNumber <= 366;
    }
}
