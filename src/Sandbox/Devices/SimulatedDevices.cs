using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Devices.PlayReady;
using DrmHub.Sandbox.Devices.Widevine;

namespace DrmHub.Sandbox.Devices;

/// <summary>The kinds of simulated device, by the names that the command line and the play page use.</summary>
public static class SimulatedDevices
{
    /// <summary>From the best guarded to the least, system by system.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        "widevine-l1", "widevine-l2", "widevine-l3",
        "playready-3000", "playready-2000", "playready-150",
        "fairplay-main", "fairplay-baseline", "fairplay-old",
    ];

    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="name">Two devices of one kind and name are the same device to a service.</param>
    /// <exception cref="ArgumentException">Another kind.</exception>
    public static ISimulatedDevice Create(string kind, string name = "sandbox", HdcpVersion hdcp = HdcpVersion.Hdcp22, TimeProvider? time = null) => kind switch
    {
        "widevine-l1" => new WidevineDevice(WidevineLevel.L1, name, hdcp, time),
        "widevine-l2" => new WidevineDevice(WidevineLevel.L2, name, hdcp, time),
        "widevine-l3" => new WidevineDevice(WidevineLevel.L3, name, hdcp, time),
        "playready-3000" => new PlayReadyDevice(PlayReadyLevel.SL3000, name, hdcp, time: time),
        "playready-2000" => new PlayReadyDevice(PlayReadyLevel.SL2000, name, hdcp, time: time),
        "playready-150" => new PlayReadyDevice(PlayReadyLevel.SL150, name, hdcp, time: time),
        "fairplay-main" => new FairPlayDevice(FairPlayLevel.Main, name, hdcp, time: time),
        "fairplay-baseline" => new FairPlayDevice(FairPlayLevel.Baseline, name, hdcp, time: time),
        "fairplay-old" => new FairPlayDevice(FairPlayLevel.Old, name, hdcp, time: time),
        _ => throw new ArgumentException($"The kinds of device are {string.Join(", ", Kinds)}.", nameof(kind)),
    };
}
