using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Music.Catalogue;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Usage;

/// <summary>A report with what stands behind it.</summary>
/// <param name="FileName">As the standard names it.</param>
/// <param name="Text">The report: tab-separated, UTF-8.</param>
/// <param name="Uses">Its rows, each with the plays, licences and deals under it.</param>
/// <param name="LeftOut">Plays that do not count, by why.</param>
public sealed record UsageReport(string FileName, string Text, IReadOnlyList<DsrUse> Uses, IReadOnlyDictionary<string, int> LeftOut);

/// <summary>
/// Makes the report of a licensor and period from the plays, and reconciles it: each play that counts has its licence in the audit log, for
/// this content and by this deal. What does not agree with the log is left out and counted.
/// </summary>
public sealed class UsageReporter(PlayStore plays, MusicCatalogue catalogue, AuditLog audit, IOptions<MusicOptions> options, TimeProvider time)
{
    private const int LogPage = 512;

    public async Task<UsageReport> MakeAsync(DsrRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var counted = new List<PlayRow>();
        var leftOut = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var durations = new Dictionary<string, long?>(StringComparer.Ordinal);
        await foreach (var play in plays.ReadAsync(request.Licensor, Start(request.From), Start(request.Until.AddDays(1)), cancellationToken))
        {
            if (await WhyNotAsync(play, durations, cancellationToken) is { } why) leftOut[why] = leftOut.GetValueOrDefault(why) + 1;
            else counted.Add(play);
        }

        var wrong = await ReconcileAsync(counted, cancellationToken);
        if (wrong.Count > 0) leftOut["not as the audit log says"] = wrong.Count;
        var uses = Rows(request, counted.Where(play => !wrong.Contains(play)));
        var resources = await ResourcesAsync(uses, cancellationToken);
        var now = time.GetUtcNow();
        var messageId = $"{request.From:yyyyMMdd}-{request.Until:yyyyMMdd}-{now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}";
        return new UsageReport(DsrReport.FileName(request, uses, now), DsrReport.Write(request, uses, resources, now, messageId), uses, leftOut);
    }

    /// <summary>Writes into the audit log that the report was made, with its hash.</summary>
    public Task RecordAsync(DsrRequest request, UsageReport report, MusicActor actor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(report);
        var details = new Dictionary<string, string>
        {
            ["licensor"] = request.Licensor,
            ["from"] = request.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["until"] = request.Until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["rows"] = report.Uses.Count.ToString(CultureInfo.InvariantCulture),
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(report.Text))),
        };
        return catalogue.RecordAsync(AuditKind.Export, "usage.report", actor, details, cancellationToken);
    }

    private async Task<string?> WhyNotAsync(PlayRow play, Dictionary<string, long?> durations, CancellationToken cancellationToken)
    {
        if (play.LicenseIndex is null || play.Deal is null) return "without a licence";
        if (play.Model is null) return "under a deal that nobody knows any more";
        if (play.Model is not ("Subscription" or "Free")) return "of what was bought";
        if (play.Country is null) return "of an unknown country";
        if (!durations.TryGetValue(play.OwnerId, out var duration)) durations[play.OwnerId] = duration = (await catalogue.FindAsync<Recording>(play.OwnerId, cancellationToken))?.DurationMs ?? -1;
        if (duration == -1 && await catalogue.FindAsync<Recording>(play.OwnerId, cancellationToken) is null) return "of what is no recording";
        var least = (long)options.Value.Usage.CountedAfter.TotalMilliseconds;
        return play.PlayedMs >= least || (play.Completed == 1 && play.PlayedMs >= Math.Min(least, duration is > 0 and { } whole ? whole : least)) ? null : "too short to count";
    }

    /// <summary>Reads the licences' entries from the log, page by page.</summary>
    private async Task<HashSet<PlayRow>> ReconcileAsync(IReadOnlyList<PlayRow> counted, CancellationToken cancellationToken)
    {
        var wrong = new HashSet<PlayRow>(ReferenceEqualityComparer.Instance);
        var byIndex = counted.GroupBy(play => play.LicenseIndex!.Value).OrderBy(group => group.Key).ToList();
        var page = new Dictionary<long, AuditRecord>();
        long read = -1;
        foreach (var group in byIndex)
        {
            if (group.Key > read)
            {
                page = (await audit.ReadFromAsync(group.Key, LogPage, cancellationToken)).ToDictionary(entry => entry.Index);
                read = page.Count == 0 ? group.Key : page.Keys.Max();
            }

            foreach (var play in group)
            {
                var agrees = page.TryGetValue(group.Key, out var entry)
                    && entry.Id == play.LicenseId && entry.Kind is AuditKind.LicenseGranted or AuditKind.LicenseRenewed
                    && entry!.ContentId == play.ContentId && (entry.Deal ?? "").Split(' ').Contains(play.Deal);
                if (!agrees) wrong.Add(play);
            }
        }

        return wrong;
    }

    private List<DsrUse> Rows(DsrRequest request, IEnumerable<PlayRow> counted) =>
    [
        .. counted
            .GroupBy(play => (play.OwnerId, Model: ModelOf(play), Use: UseOf(play), Territory: play.Country!))
            .OrderBy(group => group.Key.OwnerId, StringComparer.Ordinal).ThenBy(group => group.Key.Model, StringComparer.Ordinal).ThenBy(group => group.Key.Use, StringComparer.Ordinal).ThenBy(group => group.Key.Territory, StringComparer.Ordinal)
            .Select(group => new DsrUse(
                TransactionId(request, group.Key.OwnerId, group.Key.Model, group.Key.Use, group.Key.Territory),
                group.Key.OwnerId,
                group.Key.Model,
                group.Key.Use,
                group.Key.Territory,
                group.Count(),
                group.Select(play => Convert.ToHexString(play.Listener)).Distinct().Count(),
                [.. group.Select(play => new DsrLicence(play.PlayId, play.LicenseIndex!.Value, play.LicenseId!, play.Deal!))])),
    ];

    private static string ModelOf(PlayRow play) => play.Model == "Free" ? "AdvertisementSupportedModel" : "SubscriptionModel";

    private string UseOf(PlayRow play) => play.Offline == 1 ? "ConditionalDownload" : play.Model == "Free" ? options.Value.Usage.FreeUse : "OnDemandStream";

    /// <summary>The same row of the same period has the same id in every run.</summary>
    private static string TransactionId(DsrRequest request, params string[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Licensor}|{request.From:yyyyMMdd}|{request.Until:yyyyMMdd}|{string.Join('|', parts)}")))[..24];

    private async Task<IReadOnlyDictionary<string, DsrResource>> ResourcesAsync(IReadOnlyList<DsrUse> uses, CancellationToken cancellationToken)
    {
        var recordings = await catalogue.FindAllAsync<Recording>(uses.Select(use => use.RecordingId), cancellationToken);
        var artists = await catalogue.FindAllAsync<Artist>(recordings.Values.SelectMany(recording => recording.Artists).Select(credit => credit.ArtistId).OfType<string>(), cancellationToken);
        return recordings.Values.ToDictionary(
            recording => recording.Id,
            recording => new DsrResource(
                recording.Id,
                recording.Isrc,
                recording.Titles[0].Value,
                recording.Subtitles.Count > 0 ? recording.Subtitles[0].Value : null,
                ArtistOf(recording, artists),
                recording.DurationMs,
                [.. recording.Contributors.Where(one => one.Role is "Composer" or "Lyricist" or "ComposerLyricist" or "Author").Select(one => one.Name).Distinct(StringComparer.Ordinal)]),
            StringComparer.Ordinal);
    }

    private static string ArtistOf(Recording recording, IReadOnlyDictionary<string, Artist> artists)
    {
        if (recording.DisplayArtists.Count > 0) return recording.DisplayArtists[0].Value;
        var names = recording.Artists.Select(credit => credit.Names.Count > 0 ? credit.Names[0].Value : credit.ArtistId is { } id && artists.TryGetValue(id, out var artist) ? artist.Names[0].Value : null).OfType<string>().ToList();
        return names.Count > 0 ? string.Join(", ", names) : "Unknown";
    }

    private static long Start(DateOnly day) => new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeMilliseconds();
}
