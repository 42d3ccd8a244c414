using System.Globalization;
using DrmHub.Cenc;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Keys;
using Microsoft.AspNetCore.Http;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// <c>GET /cpix/{contentId}?scheme=cbcs&amp;tracks=AUDIO,SD,HD&amp;systems=widevine,playready,fairplay,clearkey</c>, all optional. Rotation:
/// <c>period=7</c>; <c>period=7&amp;count=10</c> or in short <c>periods=7-10</c>, ten from 7 on; <c>at=2026-03-01T12:00:00Z&amp;count=10</c>, by time. <c>periodSeconds=10</c> and
/// <c>periodStart=…</c> (default 1970) say when periods are, the first time that a content is asked for by time.
/// </summary>
internal sealed record CpixQuery(ProtectionScheme Scheme, IReadOnlyList<TrackType> Tracks, IReadOnlyList<Guid> Systems)
{
    /// <summary>A packager asks for ten periods ahead.</summary>
    private const int MaxPeriods = 128;

    /// <summary>Null where keys are not rotated, or are asked for by time.</summary>
    public long? FirstPeriod { get; private init; }

    public int PeriodCount { get; private init; } = 1;

    public DateTimeOffset? At { get; private init; }

    /// <summary>What the content's schedule is to be, or to be checked against.</summary>
    public KeySchedule? Schedule { get; private init; }

    /// <exception cref="CpixException"><c>cpix.query</c>: which value is wrong, and what it may be.</exception>
    public static CpixQuery Parse(IQueryCollection query)
    {
        if (!ProtectionSchemes.TryParse(One(query, "scheme") ?? "cenc", out var scheme)) throw Refuse("scheme is one of cenc, cbc1, cens, cbcs.");
        var tracks = Many(query, "tracks", ["AUDIO", "SD", "HD"]).Select(name => TrackTypes.TryParse(name, out var track) ? track : throw Refuse("tracks are AUDIO, SD, HD, UHD1, UHD2, separated by commas.")).Distinct().ToList();
        var systems = Many(query, "systems", scheme == ProtectionScheme.Cbcs ? ["widevine", "playready", "fairplay"] : ["widevine", "playready"]).Select(SystemOf).Distinct().ToList();
        var (first, count) = ParsePeriods(query);
        return new CpixQuery(scheme, tracks, systems) { FirstPeriod = first, PeriodCount = count, At = ParseTime(query, "at"), Schedule = ParseSchedule(query) };
    }

    /// <summary>With the time of the query as an index of the schedule in force.</summary>
    /// <exception cref="CpixException">There is no schedule, it is another one, or the time is before it.</exception>
    public CpixQuery Resolve(KeySchedule? schedule)
    {
        if (Schedule is not null && Schedule != schedule) throw Refuse($"The periods of this content have {schedule!.Period.TotalSeconds:0.###} seconds, from {schedule.Start.UtcDateTime:O} on, for good.");
        if (At is not { } time) return this;
        if (schedule is null) throw Refuse("Nobody has said how long the periods of this content are: add periodSeconds.");
        var index = schedule.IndexAt(time) ?? throw Refuse("at is before the first period.");
        return index <= uint.MaxValue ? this with { FirstPeriod = index, At = null } : throw Refuse("at is beyond period 4294967295.");
    }

    public IReadOnlyList<KeySpec> ToSpecs() =>
    [
        .. Enumerable.Range(0, PeriodCount).SelectMany(period => Tracks.Select(track => KeySpec.ForTrack(track, Scheme, FirstPeriod + period))),
    ];

    /// <summary>A document that asks for these keys of these systems, ready to be filled.</summary>
    public CpixDocument ToDocument(string contentId, IReadOnlyList<VaultKey> keys, KeySchedule? schedule)
    {
        var document = new SpekeRequest { ContentId = contentId, Scheme = Scheme.ToFourCC(), Keys = [.. keys.Select(key => (key.Track, key.KeyId))], Systems = Systems }.ToDocument();
        CpixPeriod? period = null;
        for (var i = 0; i < keys.Count; i++)
        {
            if (keys[i].CryptoPeriod is not { } index) continue;
            if (period?.Index != index) period = AddPeriod(document, index, schedule);
            document.UsageRules[i].AddPeriod(period);
        }

        return document;
    }

    private static CpixPeriod AddPeriod(CpixDocument document, long index, KeySchedule? schedule)
    {
        var period = document.AddPeriod($"period_{index}");
        period.Index = index;
        if (schedule?.SpanOf(index) is { } span) (period.Start, period.End) = span;
        return period;
    }

    private static (long? First, int Count) ParsePeriods(IQueryCollection query)
    {
        var (single, range, count) = (One(query, "period"), One(query, "periods"), One(query, "count"));
        if ((single is null ? 0 : 1) + (range is null ? 0 : 1) + (One(query, "at") is null ? 0 : 1) > 1) throw Refuse("One of period, periods and at says which periods.");
        if (count is not null && single is null && One(query, "at") is null) throw Refuse("count goes with period or at.");
        var periods = count is null ? 1 : Count(count);
        if (single is not null) return (uint.TryParse(single, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : throw Refuse("period is a whole number from 0 to 4294967295."), periods);
        if (range is not null)
        {
            var parts = range.Split('-');
            if (parts.Length != 2 || !uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)) throw Refuse($"periods is FIRST-COUNT, for example 7-10 for ten periods from 7 on; at most {MaxPeriods}.");
            return (first, Count(parts[1]));
        }

        return (null, periods);
    }

    private static int Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MaxPeriods ? count : throw Refuse($"A count of periods is 1 to {MaxPeriods}.");

    private static KeySchedule? ParseSchedule(IQueryCollection query)
    {
        var start = ParseTime(query, "periodStart");
        if (One(query, "periodSeconds") is not { } text) return start is null ? null : throw Refuse("periodStart goes with periodSeconds.");
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds < (decimal)KeySchedule.MinPeriod.TotalSeconds || seconds > (decimal)KeySchedule.MaxPeriod.TotalSeconds || seconds * 1000 % 1 != 0)
            throw Refuse("periodSeconds is from 1 to 315360000, with up to three decimals.");
        return new KeySchedule(TimeSpan.FromMilliseconds((long)(seconds * 1000)), start ?? DateTimeOffset.UnixEpoch);
    }

    private static DateTimeOffset? ParseTime(IQueryCollection query, string name)
    {
        if (One(query, name) is not { } text) return null;
        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.fffK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Refuse($"{name} is a time such as 2026-03-01T12:00:00Z.");
    }

    private static Guid SystemOf(string name) => name.ToUpperInvariant() switch
    {
        "WIDEVINE" => DrmSystemIds.Widevine,
        "PLAYREADY" => DrmSystemIds.PlayReady,
        "FAIRPLAY" => DrmSystemIds.FairPlay,
        "CLEARKEY" => DrmSystemIds.Common,
        _ => throw Refuse("systems are widevine, playready, fairplay, clearkey, separated by commas."),
    };

    /// <summary>Null where it is not there or empty. Which of two would count, nobody could tell.</summary>
    private static string? One(IQueryCollection query, string name) => query[name] switch
    {
        { Count: > 1 } => throw Refuse($"{name} is there more than once."),
        [{ Length: > 0 } text] => text,
        _ => null,
    };

    /// <summary>Separated by commas, or each on its own: <c>tracks=SD,HD</c> and <c>tracks=SD&amp;tracks=HD</c>.</summary>
    private static string[] Many(IQueryCollection query, string name, string[] otherwise)
    {
        string[] names = [.. query[name].SelectMany(text => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        return names.Length > 0 ? names : otherwise;
    }

    private static CpixException Refuse(string message) => new("cpix.query", message);
}
