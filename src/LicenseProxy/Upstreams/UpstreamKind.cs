namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>The language that a licence service speaks. The name in the configuration is the same in lower case.</summary>
public enum UpstreamKind
{
    /// <summary>Google's Widevine cloud, or a service that speaks as it does: a signed JSON message, keys and policy in it.</summary>
    Widevine,

    /// <summary>An own server on the PlayReady Server SDK: the challenge as it came, keys and policy in a signed, encrypted header (docs/playready.md).</summary>
    PlayReady,

    /// <summary>Microsoft's PlayReady test server: keys and policy in the query, in the clear. Never for real content.</summary>
    PlayReadyTest,

    /// <summary>A FairPlay key security module behind HTTP.</summary>
    Ksm,

    Axinom,

    DoveRunner,

    DrmToday,

    KeyOs,

    Ezdrm,
}
