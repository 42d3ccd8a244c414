using System.Net;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy;

/// <summary>Where a request comes from. Forwarding headers count only from proxies that the configuration trusts: from anybody else they are the client's own word.</summary>
internal static class ClientAddress
{
    private const int MaxHops = 16;

    /// <summary>The nearest address that is no trusted proxy, and what the proxy says of its country.</summary>
    public static (IPAddress? Address, string? Country) Of(HttpContext http, LicenseProxyOptions options)
    {
        var peer = Plain(http.Connection.RemoteIpAddress);
        if (options.TrustedProxies.Count == 0) return (peer, CountryOf(peer, options));
        if (peer is null || !IsTrusted(peer, options)) return (peer, CountryOf(peer, options));

        var address = peer;
        var hops = http.Request.Headers["X-Forwarded-For"].ToString().Split(',', MaxHops + 1, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        for (var i = Math.Min(hops.Length, MaxHops) - 1; i >= 0; i--)
        {
            // What a stranger wrote in front of a trusted hop is as good as nothing.
            if (!IPAddress.TryParse(hops[i], out var hop)) break;
            address = Plain(hop)!;
            if (!IsTrusted(address, options)) break;
        }

        return (address, Header(http, options) ?? CountryOf(address, options));
    }

    public static bool IsTrustedPeer(HttpContext http, LicenseProxyOptions options) => Plain(http.Connection.RemoteIpAddress) is { } peer && IsTrusted(peer, options);

    private static string? Header(HttpContext http, LicenseProxyOptions options)
    {
        if (options.CountryHeader is null) return null;
        var text = http.Request.Headers[options.CountryHeader].ToString();

        // XX and T1 are how CDNs write "unknown" and "Tor".
        return text.Length == 2 && char.IsAsciiLetter(text[0]) && char.IsAsciiLetter(text[1]) && !text.Equals("XX", StringComparison.OrdinalIgnoreCase) ? text.ToUpperInvariant() : null;
    }

    private static string? CountryOf(IPAddress? address, LicenseProxyOptions options) => address is null ? null : options.CountryOf?.Invoke(address);

    private static bool IsTrusted(IPAddress address, LicenseProxyOptions options)
    {
        foreach (var network in options.TrustedProxies)
            if (network.Contains(address)) return true;
        return false;
    }

    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
