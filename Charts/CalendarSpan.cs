using System.Globalization;

namespace DrmHub.Host.Pages.Charts;

/// <summary>The stretch of months that a calendar of windows shows: a quarter back, a year and a bit ahead.</summary>
public sealed class CalendarSpan
{
    private const int Back = 3;
    private const int Ahead = 13;

    private readonly DateTimeOffset _start;
    private readonly DateTimeOffset _end;

    public CalendarSpan(DateTimeOffset localNow)
    {
        var month = new DateTimeOffset(localNow.Year, localNow.Month, 1, 0, 0, 0, localNow.Offset);
        (_start, _end) = (month.AddMonths(-Back), month.AddMonths(Ahead));
    }

    public double Percent(DateTimeOffset at) => 100 * (at - _start) / (_end - _start);

    /// <summary>Every other month, with the year where it is the first one shown of it.</summary>
    public IEnumerable<(double At, string Name)> Months()
    {
        var year = 0;
        for (var i = 0; i < Back + Ahead; i += 2)
        {
            var month = _start.AddMonths(i);
            yield return (Percent(month), month.ToString(month.Year == year ? "MMM" : "MMM yyyy", CultureInfo.InvariantCulture));
            year = month.Year;
        }
    }
}
