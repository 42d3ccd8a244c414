using System.Diagnostics.Metrics;

namespace DrmHub.Host.Limits;

/// <summary>
/// Meter <c>DrmHub.Doors</c>: <c>drmhub.requests.limited</c> counts requests that were answered with 429 before anything was done for them, by door (<c>keys</c>,
/// <c>others</c>) and limit (<c>address</c>, <c>credentials</c>, <c>operator</c>).
/// </summary>
internal static class DoorTelemetry
{
    private static readonly Meter s_meter = new("DrmHub.Doors");
    private static readonly Counter<long> s_limited = s_meter.CreateCounter<long>("drmhub.requests.limited", "{request}", "Requests above a limit at doors that are not the players', by door and limit.");

    public static void Limited(Door door, string limit) => s_limited.Add(1, new("door", door == Door.Keys ? "keys" : "others"), new KeyValuePair<string, object?>("limit", limit));
}
