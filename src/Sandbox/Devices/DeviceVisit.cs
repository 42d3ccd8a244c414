using DrmHub.Cenc;

namespace DrmHub.Sandbox.Devices;

/// <summary>What came of one licence request that a device sent. Owns the licence.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="License">Null where the server refused, or the device did not accept the answer.</param>
/// <param name="Granted">The hub's own header: track types in the licence; null from other servers.</param>
/// <param name="Withheld">The hub's own header: track types left out, each with its reason.</param>
public sealed record DeviceVisit(IReadOnlyList<KeyId> Asked, int Status, OpenedLicense? License, DeviceRefusal? Refusal, string? Granted, string? Withheld) : IDisposable
{
    public void Dispose() => License?.Dispose();
}

/// <summary>Why there is no licence.</summary>
/// <param name="Code">The server's reason code or fault code, or <c>device.refused</c> where it was the device that refused the answer.</param>
public sealed record DeviceRefusal(string Code, string Detail);
