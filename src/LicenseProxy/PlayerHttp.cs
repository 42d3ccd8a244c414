using System.Net;
using DrmHub.LicenseProxy.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy;

/// <summary>The HTTP side of the licence routes, for routes of the host that ask the gate too.</summary>
public static class PlayerHttp
{
    /// <summary>Who asks: its token, address, country and session.</summary>
    public static LicenseCaller CallerOf(HttpContext http) => LicenseHttp.CallerOf(http);

    /// <summary>What follows <c>Authorization: Bearer</c>; null where there is none.</summary>
    public static string? BearerToken(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return LicenseHttp.BearerToken(request);
    }

    /// <summary>The address a request comes from as limits by address count it (IPv6: its /64), past the proxies that are trusted; null on loopback, which has no such limit.</summary>
    public static string? NetworkOf(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var (address, _) = ClientAddress.Of(http, http.RequestServices.GetRequiredService<IOptions<LicenseProxyOptions>>().Value);
        return address is null || IPAddress.IsLoopback(address) ? null : RequestLimits.NetworkOf(address);
    }

    /// <summary>Whether the other end of the connection is a proxy whose word is believed.</summary>
    public static bool IsFromTrustedProxy(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return ClientAddress.IsTrustedPeer(http, http.RequestServices.GetRequiredService<IOptions<LicenseProxyOptions>>().Value);
    }

    /// <summary>Sets the headers that every licence answer carries, and returns the refusal as a problem document; null where a licence is there.</summary>
    public static IResult? Explain(HttpContext http, LicenseOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(outcome);
        LicenseHttp.Explain(http.Response, outcome);
        return outcome.Refusal is { } refusal ? LicenseHttp.Problem(http, refusal) : null;
    }
}
