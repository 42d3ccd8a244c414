using System.Globalization;

namespace DrmHub.Host.Pages.Words;

/// <summary>Who reads this page, and how: the zone of its times, the theme, the roles. One per request.</summary>
public sealed class Reader
{
    public const string ThemeCookie = "drmhub.theme";
    public const string ZoneCookie = "drmhub.zone";

    private readonly HttpContext _http;
    private readonly TimeProvider _time;

    public Reader(IHttpContextAccessor accessor, TimeProvider time)
    {
        _http = accessor.HttpContext ?? throw new InvalidOperationException("There is no request.");
        _time = time;
        Zone = FindZone(_http.Request.Cookies[ZoneCookie]) ?? TimeZoneInfo.Utc;
        Now = time.GetUtcNow();
    }

    public TimeZoneInfo Zone { get; }

    /// <summary>When this page was asked for.</summary>
    public DateTimeOffset Now { get; }

    public DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone);

    public string ZoneName => Zone.Id == "UTC" ? "UTC" : Zone.Id.Replace('_', ' ');

    /// <summary><c>light</c>, <c>dark</c>, or null for what the system says.</summary>
    public string? Theme => _http.Request.Cookies[ThemeCookie] is { } theme and ("light" or "dark") ? theme : null;

    public string Name => _http.User.FindFirst("sub")?.Value ?? "";

    public bool IsSignedIn => _http.User.Identity is { IsAuthenticated: true, AuthenticationType: SignIn.ConsoleAuthentication.Scheme };

    public bool Is(params ReadOnlySpan<string> roles)
    {
        foreach (var role in roles)
            if (_http.User.IsInRole(role)) return true;
        return false;
    }

    /// <summary>Path and query of this page, for coming back to it.</summary>
    public string Here => _http.Request.Path + _http.Request.QueryString.Value;

    /// <summary>Today the time alone; else the day, too, and the year where it is another one.</summary>
    public string Short(DateTimeOffset at)
    {
        var (local, today) = (Local(at), Local(Now));
        var form = local.Date == today.Date ? "HH:mm:ss" : local.Year == today.Year ? "d MMM HH:mm:ss" : "d MMM yyyy HH:mm";
        return local.ToString(form, CultureInfo.InvariantCulture);
    }

    public string Day(DateTimeOffset at) => Local(at).ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>To the millisecond where it is no whole minute, with the zone.</summary>
    public string Full(DateTimeOffset at) => Local(at).ToString(at.ToUnixTimeMilliseconds() % 60_000 == 0 ? "ddd d MMM yyyy HH:mm " : "ddd d MMM yyyy HH:mm:ss.fff ", CultureInfo.InvariantCulture) + ZoneName;

    /// <summary>Rough, for beside an absolute time: "3 s ago", "in 5 days".</summary>
    public string Ago(DateTimeOffset at)
    {
        var span = _time.GetUtcNow() - at;
        return span >= TimeSpan.Zero ? Rough(span) + " ago" : "in " + Rough(-span);
    }

    public static string Rough(TimeSpan span)
    {
        var (number, unit) = span.TotalSeconds < 60 ? (span.TotalSeconds, "s")
            : span.TotalMinutes < 60 ? (span.TotalMinutes, "min")
            : span.TotalHours < 48 ? (span.TotalHours, "h")
            : (span.TotalDays, "days");
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(number):0} {unit}");
    }

    public static TimeZoneInfo? FindZone(string? id) =>
        id is { Length: > 0 and < 64 } && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;
}
