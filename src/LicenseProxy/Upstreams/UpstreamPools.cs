using DrmHub.Cenc;
using Microsoft.Extensions.Logging;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>Every licence service behind the hub, by DRM system.</summary>
public sealed class UpstreamPools : IDisposable
{
    private readonly Dictionary<DrmSystem, UpstreamPool> _pools;

    public UpstreamPools(IReadOnlyList<UpstreamOptions> options, UpstreamMeters meters, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        var logger = loggers.CreateLogger("DrmHub.LicenseProxy.Upstreams");
        _pools = new[] { DrmSystem.Widevine, DrmSystem.PlayReady, DrmSystem.FairPlay }
            .ToDictionary(system => system, system => new UpstreamPool(system, [.. options.Where(one => one.System == system)], meters, time, logger));
    }

    /// <summary>The pool of one system; it may be empty, and then every call fails with <c>upstream.unavailable</c>.</summary>
    public UpstreamPool For(DrmSystem system) => _pools[system];

    public IReadOnlyList<UpstreamReport> Report() => [.. _pools.Values.SelectMany(pool => pool.Report())];

    public void Dispose()
    {
        foreach (var pool in _pools.Values) pool.Dispose();
    }
}
