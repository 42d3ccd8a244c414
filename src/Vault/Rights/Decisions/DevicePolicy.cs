using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>
/// The highest picture, in pixels, that a device of each level may have, and what holds where a deal says nothing. A key is withheld
/// if anything that it protects lies above the cap. A level never has less than those below it.
/// </summary>
public sealed record DevicePolicy
{
    public static readonly DevicePolicy Default = new();

    /// <summary>Default 589,824 (576p): and only where a deal allows Clear Key.</summary>
    public long NonePixels { get; init; } = 589_824;

    /// <summary>Default 921,600 (720p).</summary>
    public long SoftwarePixels { get; init; } = 921_600;

    /// <summary>Default 2,073,600 (1080p).</summary>
    public long HardwareCryptoPixels { get; init; } = 2_073_600;

    /// <summary>Default none.</summary>
    public long HardwarePixels { get; init; } = long.MaxValue;

    /// <summary>The least HDCP for UHD where no deal says another. Default 2.2.</summary>
    public HdcpVersion UhdHdcp { get; init; } = HdcpVersion.V2_2;

    /// <summary>Licence duration where no deal says another, in seconds. Default 6 h.</summary>
    public long LicenseSeconds { get; init; } = 6 * 3600;

    /// <summary>Duration of a download's licence where no deal says another, in seconds. Default 30 days.</summary>
    public long OfflineSeconds { get; init; } = 30 * 86_400;

    /// <summary>Time to start a rental where no deal says another, in seconds. Default 30 days.</summary>
    public long RentalSeconds { get; init; } = 30 * 86_400;

    /// <summary>Time to finish a rental from its first play where no deal says another, in seconds. Default 48 h.</summary>
    public long PlaybackSeconds { get; init; } = 48 * 3600;

    public long CapFor(SecurityLevel level) => level switch
    {
        SecurityLevel.Hardware => HardwarePixels,
        SecurityLevel.HardwareCrypto => HardwareCryptoPixels,
        SecurityLevel.Software => SoftwarePixels,
        _ => NonePixels,
    };

    public HdcpVersion HdcpFor(TrackType track) => track >= TrackType.UHD1 ? UhdHdcp : HdcpVersion.None;
}
