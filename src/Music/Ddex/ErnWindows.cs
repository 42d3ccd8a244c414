namespace DrmHub.Music.Ddex;

/// <summary>Where and when a deal holds, in instants.</summary>
/// <param name="Territories">ISO codes; empty means the world without <paramref name="Excluded"/>.</param>
internal sealed record ErnWindow(IReadOnlyList<string> Territories, IReadOnlyList<string> Excluded, long OpensMs, long? ClosesMs);

/// <summary>
/// Turns a period that may be local time into instants. A local time opens in a country when its last zone has come to it, and closes
/// when its first has: never early, never late. Countries with the same instants stay together in one window.
/// </summary>
internal static class ErnWindows
{
    /// <summary>Offsets from UTC that exist anywhere, in minutes.</summary>
    private const int WestMost = -12 * 60;
    private const int EastMost = 14 * 60;

    public static IEnumerable<ErnWindow> Of(ErnDeal deal, ErnPeriod period, DateTimeOffset created)
    {
        var start = period.Start!.Value;
        if (start.Offset is not null && period.End is not { Offset: null }) return [new ErnWindow(deal.Territories, deal.Excluded, ErnDates.ToInstant(start, 0), Instant(period.End, 0))];

        // The start is over in every zone already, and the end is one instant or none: which zone it was no longer matters.
        var latest = ErnDates.ToInstant(start, WestMost);
        if (latest <= created.ToUnixTimeMilliseconds() && period.End is not { Offset: null }) return [new ErnWindow(deal.Territories, deal.Excluded, latest, Instant(period.End, EastMost))];
        var countries = deal.Territories.Count > 0 ? deal.Territories : [.. Territories.All.Except(deal.Excluded, StringComparer.Ordinal)];
        return countries
            .Select(country => (Country: country, Offsets: Territories.OffsetsOf(country)))
            .Select(each => (each.Country, Opens: ErnDates.ToInstant(start, each.Offsets.Least), Closes: Instant(period.End, each.Offsets.Greatest)))
            .Where(each => each.Closes is null || each.Opens < each.Closes)
            .GroupBy(each => (each.Opens, each.Closes))
            .OrderBy(group => group.Key.Opens).ThenBy(group => group.Key.Closes)
            .Select(group => new ErnWindow([.. group.Select(each => each.Country).Order(StringComparer.Ordinal)], [], group.Key.Opens, group.Key.Closes));
    }

    private static long? Instant(ErnMoment? moment, int minutes) => moment is { } known ? ErnDates.ToInstant(known, minutes) : null;
}
