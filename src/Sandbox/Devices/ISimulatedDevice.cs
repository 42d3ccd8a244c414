using DrmHub.Cenc;

namespace DrmHub.Sandbox.Devices;

/// <summary>
/// A device of one DRM system, with an identity and a security level. Implementations make requests that are exact on the wire, and
/// accept answers as strictly as the system lets them: what fails throws a <see cref="SandboxException"/>.
/// </summary>
public interface ISimulatedDevice : IDisposable
{
    DrmSystem System { get; }

    /// <summary>As the system names it: L1, SL2000, Main.</summary>
    string Level { get; }

    /// <summary>Stable for a device of the same level and name.</summary>
    string Name { get; }

    /// <summary>What the connected display offers.</summary>
    HdcpVersion Hdcp { get; }

    /// <exception cref="SandboxException">The wish is none that this system has a message for.</exception>
    DeviceChallenge Ask(LicenseWish wish);
}

/// <summary>What an application wants a licence for.</summary>
public sealed record LicenseWish
{
    public IReadOnlyList<KeyId> KeyIds { get; init; } = [];

    public string? ContentId { get; init; }

    /// <summary>
    /// The pssh boxes of the media, one after the other, for a Widevine device: it asks with the box that it prefers, as real ones do, in place of
    /// <see cref="KeyIds"/> and <see cref="ContentId"/>. Empty for none.
    /// </summary>
    public ReadOnlyMemory<byte> InitData { get; init; }

    public ProtectionScheme Scheme { get; init; } = ProtectionScheme.Cenc;

    /// <summary>Keep the licence for playing without a network.</summary>
    public bool Offline { get; init; }

    public LicenseKind Kind { get; init; }

    /// <summary>For a renewal or a release: the licence that it is about.</summary>
    public OpenedLicense? Existing { get; init; }
}

public enum LicenseKind
{
    New,
    Renewal,
    Release,
}

/// <summary>A request of a device, and what the device remembers of it until the answer comes.</summary>
public abstract class DeviceChallenge
{
    public required byte[] Body { get; init; }

    public required string ContentType { get; init; }

    /// <summary>Further HTTP headers that the system prescribes.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Checks the answer and takes its keys and rules.</summary>
    /// <exception cref="SandboxException">The device does not accept the answer.</exception>
    public abstract OpenedLicense Open(ReadOnlyMemory<byte> answer);
}
