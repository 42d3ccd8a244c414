using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>One licence service behind the hub. Read once at start (<see cref="UpstreamSettings"/>), then immutable. Times are checked to lie between 10 ms and 5 min.</summary>
public sealed record UpstreamOptions
{
    /// <summary>A name for logs, metrics and the audit log: unique, letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, up to 64 characters.</summary>
    public required string Name { get; init; }

    public required DrmSystem System { get; init; }

    public required UpstreamKind Kind { get; init; }

    /// <summary>Absolute; https, or http to this machine.</summary>
    public required Uri Url
    {
        get => Locate?.Invoke() ?? field;
        init;
    }

    /// <summary>Says the address when it is asked for, where it is not known before: a sandbox in this process, on a port that the system chooses.</summary>
    internal Func<Uri>? Locate { get; init; }

    /// <summary>Lower comes first; a later one is asked only where every earlier one is failing. 0 to 100, default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Share of the traffic among those of one priority. 1 to 1000, default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>For a connection with its TLS handshake, which over an ocean takes several hundred milliseconds. Default 2 s; <see cref="FailoverAfter"/> counts too.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the start until the head of the answer. Default 3 s.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Until the end of the answer. Default 8 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long to wait for the head of the answer while another healthy upstream could be asked instead. Default 700 ms.</summary>
    public TimeSpan FailoverAfter { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// After <see cref="FailoverAfter"/> ask the next one beside this one and take the first answer, instead of giving this one up. Default false:
    /// a service that bills for licences bills for both.
    /// </summary>
    public bool Hedge { get; init; }

    /// <summary>Longest answer, in bytes. 1 KiB to 16 MiB, default 256 KiB.</summary>
    public int MaxResponseBytes { get; init; } = 256 * 1024;

    /// <summary>Requests under way at once. 1 to 10,000, default 256.</summary>
    public int MaxConcurrent { get; init; } = 256;

    /// <summary>Requests that wait for a place; beyond it the next upstream is asked. 0 to 10,000, default 128.</summary>
    public int MaxQueued { get; init; } = 128;

    /// <summary>Share of failures in <see cref="BreakerWindow"/> that opens the circuit. 0.05 to 1, default 0.5.</summary>
    public double BreakerRatio { get; init; } = 0.5;

    /// <summary>Requests in the window before the share counts. 2 to 1000, default 4.</summary>
    public int BreakerMinimum { get; init; } = 4;

    /// <summary>500 ms to 5 min, default 10 s.</summary>
    public TimeSpan BreakerWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an open circuit stays open before one request tries again. 500 ms to 5 min, default 2 s.</summary>
    public TimeSpan BreakerPause { get; init; } = TimeSpan.FromSeconds(2);

    public UpstreamTls Tls { get; init; } = UpstreamTls.Default;

    /// <summary>A forward proxy; null for none. The environment's proxy variables are not read.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Headers of every request; values may be secrets.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>What the kind needs beside: its own record; null for a kind that needs nothing.</summary>
    internal object? Credentials { get; init; }

    /// <summary>Names the upstream and nothing of its secrets.</summary>
    public override string ToString() => $"{System} {Name} ({Kind})";
}

/// <summary>How an upstream proves itself, and how we do. There is no way to switch the check off.</summary>
public sealed record UpstreamTls
{
    public static readonly UpstreamTls Default = new();

    /// <summary>PEM file of the authorities to trust in place of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of our certificate, for services that ask for one; <see cref="ClientKeyFile"/> has its key.</summary>
    public string? ClientCertificateFile { get; init; }

    public string? ClientKeyFile { get; init; }

    /// <summary>SHA-256 of public keys (SubjectPublicKeyInfo), one of which must be in the service's chain; base64. Empty means any that the authorities vouch for.</summary>
    public IReadOnlyList<string> Pins { get; init; } = [];
}
