using System.Net;
using System.Net.Sockets;

namespace DrmHub.Music.Podcasts;

/// <summary>
/// Who fetches an episode, by the name that it gives itself. Rules of our own, in the order in which they are tried: what is surely no
/// listener first, then apps, then what their libraries call themselves.
/// </summary>
internal static class PodcastApps
{
    private static readonly string[] s_robots = ["bot", "crawl", "spider", "slurp", "facebookexternalhit", "preview", "monitor", "itms", "feedfetcher", "feedvalidator", "headless"];

    private static readonly (string Piece, string App)[] s_apps =
    [
        ("antennapod", "AntennaPod"), ("overcast", "Overcast"), ("pocket casts", "Pocket Casts"), ("pocketcasts", "Pocket Casts"), ("castbox", "Castbox"), ("podcast addict", "Podcast Addict"),
        ("podcastaddict", "Podcast Addict"), ("podcast republic", "Podcast Republic"), ("player fm", "Player FM"), ("castro", "Castro"), ("downcast", "Downcast"), ("podbean", "Podbean"),
        ("podverse", "Podverse"), ("fountain", "Fountain"), ("gpodder", "gPodder"), ("spotify", "Spotify"), ("deezer", "Deezer"), ("amazonmusic", "Amazon Music"), ("jiosaavn", "JioSaavn"), ("gaana", "Gaana"),
        ("podcasts/", "Apple Podcasts"), ("itunes", "iTunes"), ("applecoremedia", "Apple player"), ("vlc", "VLC"), ("foobar2000", "foobar2000"), ("winamp", "Winamp"), ("sonos", "Sonos"), ("alexa", "Alexa"),
        ("exoplayer", "Android player"), ("stagefright", "Android player"), ("okhttp", "Android app"), ("dalvik", "Android app"), ("cfnetwork", "Apple app"), ("newsboat", "Newsboat"), ("podget", "podget"),
        ("firefox", "Firefox"), ("edg/", "Edge"), ("chrome", "Chrome"), ("safari", "Safari"), ("curl", "curl"), ("wget", "Wget"), ("python", "Python"), ("go-http-client", "Go"), ("node", "Node"),
    ];

    private static readonly string[] s_systems = ["iphone", "ipad", "watch", "android", "windows", "macintosh", "mac os", "linux", "tizen", "roku"];

    /// <returns>The app's name, or null for a robot or a caller without a name: those are no devices.</returns>
    public static string? NameOf(string userAgent)
    {
        if (string.IsNullOrWhiteSpace(userAgent)) return null;
        var text = userAgent.ToLowerInvariant();
        if (s_robots.Any(piece => text.Contains(piece, StringComparison.Ordinal))) return null;
        foreach (var (piece, app) in s_apps)
            if (text.Contains(piece, StringComparison.Ordinal)) return app;
        return "another app";
    }

    /// <summary>App, system and network: the same device under another address of its network counts once. Networks are /24 and /48.</summary>
    public static string Fingerprint(string app, string userAgent, IPAddress? address)
    {
        var text = userAgent.ToLowerInvariant();
        var system = s_systems.FirstOrDefault(name => text.Contains(name, StringComparison.Ordinal)) ?? "";
        return $"{app}|{system}|{NetworkOf(address)}";
    }

    private static string NetworkOf(IPAddress? address)
    {
        if (address is null) return "";
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var bytes = plain.GetAddressBytes();
        return Convert.ToHexString(bytes.AsSpan(0, plain.AddressFamily == AddressFamily.InterNetwork ? 3 : 6));
    }
}
