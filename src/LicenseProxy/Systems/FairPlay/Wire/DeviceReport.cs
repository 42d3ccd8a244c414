using System.Buffers.Binary;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>What a device says of itself in an SPC. All of it is optional; what is missing or unknown counts as the least.</summary>
internal sealed record DeviceReport
{
    private const ulong Type1 = 1;
    private const ulong Offline = 1 << 1;
    private const ulong OfflineV2 = 1 << 3;
    private const ulong Baseline = 1 << 4;
    private const ulong Main = 1 << 5;

    public static readonly DeviceReport Nothing = new();

    /// <summary>The low bits of the capabilities; null where the device sent none.</summary>
    public ulong? Capabilities { get; init; }

    /// <summary>One of the levels of <see cref="CkcTags"/>, or any other number; null without a readable report.</summary>
    public ulong? ReportedLevel { get; init; }

    /// <summary>Version of macOS' kernel extension deny list; null where none was sent.</summary>
    public uint? DenyList { get; init; }

    /// <summary><c>macos</c>, <c>tvos</c>, <c>ios</c>, <c>watchos</c>; null where unknown.</summary>
    public string? Platform { get; init; }

    /// <summary>Such as <c>17.4</c>.</summary>
    public string? OsVersion { get; init; }

    /// <summary>Such as <c>living-room</c>.</summary>
    public string? DeviceClass { get; init; }

    /// <summary><c>airplay</c> or <c>adapter</c> where the picture leaves the device.</summary>
    public string? Output { get; init; }

    public bool IsVirtual { get; init; }

    public bool EnforcesHdcpType1 => Has(Type1);

    public bool KnowsOfflineKey => Has(Offline);

    public bool KnowsOfflineKeyV2 => Has(OfflineV2);

    public bool EnforcesLevels => Has(Baseline) || Has(Main);

    /// <summary>The level that counts: the report's, where the device can also enforce it and its deny list is not older than <paramref name="minimumDenyList"/>.</summary>
    public SecurityLevel LevelFor(uint minimumDenyList)
    {
        if (DenyList < minimumDenyList) return SecurityLevel.Software;
        return ReportedLevel switch
        {
            CkcTags.LevelMain when Capabilities is null || Has(Main) => SecurityLevel.Hardware,
            CkcTags.LevelMain or CkcTags.LevelBaseline when Capabilities is null || Has(Baseline) => SecurityLevel.HardwareCrypto,
            _ => SecurityLevel.Software,
        };
    }

    public static DeviceReport Read(IReadOnlyDictionary<ulong, Tllv> elements)
    {
        var report = new DeviceReport { IsVirtual = elements.ContainsKey(SpcTags.VirtualMachine) };
        if (TryGet(elements, SpcTags.Capabilities, 16, out var capabilities)) report = report with { Capabilities = BinaryPrimitives.ReadUInt64BigEndian(capabilities[8..]) };
        if (TryGet(elements, SpcTags.DenyList, 4, out var denyList)) report = report with { DenyList = BinaryPrimitives.ReadUInt32BigEndian(denyList) };
        if (TryGet(elements, SpcTags.SecurityLevelReport, 20, out var level) && BinaryPrimitives.ReadUInt32BigEndian(level) == 1)
        {
            report = report with
            {
                ReportedLevel = BinaryPrimitives.ReadUInt64BigEndian(level[8..]),
                DenyList = report.DenyList ?? BinaryPrimitives.ReadUInt32BigEndian(level[16..]),
            };
        }

        if (TryGet(elements, SpcTags.DeviceInfo, 12, out var info))
            report = report with { Platform = PlatformOf(BinaryPrimitives.ReadUInt64BigEndian(info)), OsVersion = OsOf(BinaryPrimitives.ReadUInt32BigEndian(info[8..])) };
        if (TryGet(elements, SpcTags.DeviceIdentity, 4, out var identity)) report = report with { DeviceClass = ClassOf(BinaryPrimitives.ReadUInt32BigEndian(identity)) };
        if (TryGet(elements, SpcTags.StreamingIndicator, 8, out var indicator)) report = report with { Output = OutputOf(BinaryPrimitives.ReadUInt64BigEndian(indicator)) };
        return report;
    }

    public static ulong CapabilitiesOf(bool type1, bool offline, bool offlineV2, bool baseline, bool main) =>
        (type1 ? Type1 : 0) | (offline ? Offline : 0) | (offlineV2 ? OfflineV2 : 0) | (baseline ? Baseline : 0) | (main ? Main : 0);

    public static string? PlatformOf(ulong type) => type switch
    {
        0x358c41b1ec78f599 => "macos",
        0xc1500767c86c1fae => "tvos",
        0x8551fd5e31f479b3 => "ios",
        0x5da86ac0c57155dc => "watchos",
        _ => null,
    };

    public static string? ClassOf(uint number) => number switch
    {
        1 => "living-room",
        2 => "mobile",
        3 => "desktop",
        4 => "spatial",
        5 => "wearable",
        128 => "partner-living-room",
        255 => "partner",
        _ => null,
    };

    public static string? OutputOf(ulong indicator) => indicator switch
    {
        SpcTags.StreamingIndicator => "airplay",
        0x5f9c8132b59f2fde => "adapter",
        _ => null,
    };

    /// <summary>Major, minor and patch stand in one byte each.</summary>
    public static string OsOf(uint packed) => FormattableString.Invariant($"{packed >> 16 & 0xff}.{packed >> 8 & 0xff}.{packed & 0xff}");

    /// <summary>A report that is shorter than it should be says nothing, and the device counts as the least; it is no reason to refuse it.</summary>
    private static bool TryGet(IReadOnlyDictionary<ulong, Tllv> elements, ulong tag, int size, out ReadOnlySpan<byte> value)
    {
        value = elements.TryGetValue(tag, out var element) && element.Value.Length >= size ? element.Value.Span : default;
        return !value.IsEmpty;
    }

    private bool Has(ulong bit) => (Capabilities & bit) == bit;
}
