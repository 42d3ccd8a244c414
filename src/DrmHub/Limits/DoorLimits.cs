using System.Globalization;
using DrmHub.Host.Hosting;
using DrmHub.KeyService.Packagers;
using DrmHub.LicenseProxy;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.Host.Limits;

/// <summary>Keeps one address or one operator from taking the hub for itself, and strangers from trying credentials out.</summary>
internal sealed class DoorLimits(DoorLimitOptions limits, ISharedState shared, TimeProvider time, ILogger<DoorLimits> logger) : IAsyncDisposable
{
    private const int LongestName = 256;

    /// <summary>One line in so many seconds for each address or operator, or a flood would fill the log.</summary>
    private static readonly double LinesPerSecond = 1.0 / 60;

    /// <summary>Of this node: the first check must cost next to nothing.</summary>
    private readonly InProcessSharedState _local = new(time);

    private readonly FailedCredentials _failed = new(limits, time);
    private readonly KnownCredentials _known = new(time);

    /// <summary>Before authentication. The players' door has its own limits, and nothing is spent here on what comes to it.</summary>
    public Task AdmitAddressAsync(HttpContext http, RequestDelegate next)
    {
        var door = Doors.Of(http.Request.Path);
        return door is Door.Keys or Door.Others && PlayerHttp.NetworkOf(http) is { } network ? AdmitAddressAsync(http, door, network, next) : next(http);
    }

    /// <summary>After authorization, so that the name is one that was proven.</summary>
    public Task AdmitOperatorAsync(HttpContext http, RequestDelegate next) =>
        limits.OperatorPerSecond > 0 && Doors.Of(http.Request.Path) is Door.Keys or Door.Others && http.User.Identity is { IsAuthenticated: true } identity ? AdmitOperatorAsync(http, identity.Name ?? "", next) : next(http);

    public ValueTask DisposeAsync() => _local.DisposeAsync();

    private async Task AdmitAddressAsync(HttpContext http, Door door, string network, RequestDelegate next)
    {
        if (limits.ServiceAddressPerSecond > 0
            && !(await _local.TakePermitAsync($"{door}:{network}", limits.ServiceAddressBurst, limits.ServiceAddressPerSecond)).IsGranted)
        {
            await RefuseAsync(http, door, "address", network, WaitAt(limits.ServiceAddressPerSecond), "Too many requests from this address.");
            return;
        }

        var presented = PresentedCredential.Of(http.Request, network);
        if (presented is { } unseen && _failed.WaitOf(network) is var wait && wait > TimeSpan.Zero && !_known.Contains(unseen))
        {
            await RefuseAsync(http, door, "credentials", network, wait, "Too many credentials from this address were refused.");
            return;
        }

        await next(http);
        if (presented is { } seen) Learn(http, door, network, seen);
    }

    private void Learn(HttpContext http, Door door, string network, UInt128 credential)
    {
        var isRefused = http.Features.Get<CredentialRefused>() is not null || (door == Door.Others && http.Response.StatusCode == StatusCodes.Status401Unauthorized);
        if (isRefused)
        {
            _failed.Count(network);
            _known.Remove(credential);
        }
        else if (http.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            _known.Add(credential);
        }
    }

    private async Task AdmitOperatorAsync(HttpContext http, string name, RequestDelegate next)
    {
        var bucket = "operator:" + (name.Length <= LongestName ? name : name[..LongestName]);
        var answer = await shared.TakePermitAsync(bucket, limits.OperatorBurst, limits.OperatorPerSecond, http.RequestAborted);

        // While the shared state is away, each node counts alone: an operator is not shut out by it, and nobody gets more than the nodes together give.
        if (answer.IsDegraded) answer = await _local.TakePermitAsync(bucket, limits.OperatorBurst, limits.OperatorPerSecond);
        if (answer.IsGranted) await next(http);
        else await RefuseAsync(http, Doors.Of(http.Request.Path), "operator", bucket, WaitAt(limits.OperatorPerSecond), "This operator asks more often than it may.");
    }

    private async Task RefuseAsync(HttpContext http, Door door, string limit, string whose, TimeSpan wait, string detail)
    {
        DoorTelemetry.Limited(door, limit);
        if ((await _local.TakePermitAsync($"line:{limit}:{whose}", 1, LinesPerSecond)).IsGranted) DoorLog.Limited(logger, limit, whose, door);
        http.Response.Headers.RetryAfter = Math.Ceiling(Math.Clamp(wait.TotalSeconds, 1, 3600)).ToString(CultureInfo.InvariantCulture);

        // Pages explain a bare status in their own form.
        if (http.Request.Path.StartsWithSegments("/console")) http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        else await Problems.WriteAsync(http, StatusCodes.Status429TooManyRequests, ReasonCodes.RateLimited, detail);
    }

    private static TimeSpan WaitAt(double perSecond) => TimeSpan.FromSeconds(1 / perSecond);
}

/// <summary>Event ids 1310 to 1319.</summary>
internal static partial class DoorLog
{
    [LoggerMessage(1310, LogLevel.Warning, "Requests are refused by the limit '{Limit}' for {Whose} at {Door}; this is said once a minute for each")]
    public static partial void Limited(ILogger logger, string limit, string whose, Door door);
}
