namespace DrmHub.Host.Pages.Audit;

/// <summary>Cuts a stretch of time into columns that people count in: minutes, hours, days of the reader's zone.</summary>
internal static class TimeSteps
{
    private const int MaxSteps = 60;

    private static readonly (TimeSpan Step, string Name)[] s_steps =
    [
        (TimeSpan.FromMinutes(1), "minute"), (TimeSpan.FromMinutes(5), "5 minutes"), (TimeSpan.FromMinutes(15), "quarter of an hour"), (TimeSpan.FromMinutes(30), "half hour"),
        (TimeSpan.FromHours(1), "hour"), (TimeSpan.FromHours(3), "3 hours"), (TimeSpan.FromHours(6), "6 hours"), (TimeSpan.FromHours(12), "half day"),
        (TimeSpan.FromDays(1), "day"), (TimeSpan.FromDays(7), "week"), (TimeSpan.FromDays(30), "30 days"), (TimeSpan.FromDays(365), "year"),
    ];

    /// <summary>The finest step of which at most 60 cover the stretch. The first begins at a round time of the zone.</summary>
    public static (DateTimeOffset From, TimeSpan Step, int Count) Of(DateTimeOffset from, DateTimeOffset until, TimeZoneInfo zone)
    {
        var step = s_steps.FirstOrDefault(one => (until - from) / one.Step <= MaxSteps - 1, s_steps[^1]).Step;
        var offset = zone.GetUtcOffset(from);
        var ticks = (from.UtcTicks + offset.Ticks) / step.Ticks * step.Ticks - offset.Ticks;
        var first = new DateTimeOffset(Math.Max(ticks, 0), TimeSpan.Zero);
        var count = (int)Math.Min(Math.Ceiling((until - first) / step), 400);
        return (first, step, Math.Max(count, 1));
    }

    public static string Name(TimeSpan step) => s_steps.First(one => one.Step == step).Name;
}
