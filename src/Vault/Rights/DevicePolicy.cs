namespace DrmHub.Vault.Rights;

/// <summary>
/// The highest picture, in pixels, that a device of each level may have. A key is withheld if anything that it protects
/// lies above the cap. Caps never fall from a lower level to a higher one.
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

    /// <summary>Licence duration where no deal says another, in seconds. Default 6 h.</summary>
    public long LicenseSeconds { get; init; } = 6 * 3600;

    public long CapFor(SecurityLevel level) => level switch
    {
        SecurityLevel.Hardware => HardwarePixels,
        SecurityLevel.HardwareCrypto => HardwareCryptoPixels,
        SecurityLevel.Software => SoftwarePixels,
        _ => NonePixels,
    };
}
