namespace DrmHub.Host.Limits;

/// <summary>Where a request knocks, as far as limits are concerned.</summary>
internal enum Door
{
    /// <summary>Packagers: keys for a credential.</summary>
    Keys,

    /// <summary>Players: the licence door counts by itself, by address, by subscriber and by work at hand.</summary>
    Players,

    /// <summary>Probes and scrapes, which must be answered most of all when much is refused.</summary>
    Probes,

    /// <summary>Operators, rights teams, music, podcasts, the console and everything else.</summary>
    Others,
}

internal static class Doors
{
    private static readonly PathString[] s_players = ["/license", "/key", "/sessions", "/music/licenses", "/music/checkins"];
    private static readonly PathString[] s_keys = ["/cenc", "/cpix", "/speke", "/playready"];
    private static readonly PathString[] s_probes = ["/health", "/metrics"];

    public static Door Of(PathString path) =>
        IsUnder(path, s_players) ? Door.Players
        : IsUnder(path, s_keys) ? Door.Keys
        : IsUnder(path, s_probes) ? Door.Probes
        : Door.Others;

    private static bool IsUnder(PathString path, PathString[] roots)
    {
        foreach (var root in roots)
            if (path.StartsWithSegments(root)) return true;
        return false;
    }
}
