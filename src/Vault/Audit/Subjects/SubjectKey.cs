using System.Security.Cryptography;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The key of one subscriber: 32 random bytes that the pseudonym and the keys of the sealed details are derived from. When the
/// only copy of it is deleted, both lose their meaning.
/// </summary>
internal sealed class SubjectKey
{
    private readonly byte[] _key;
    private volatile Device? _device;

    /// <param name="key">32 bytes; owned from here on.</param>
    public SubjectKey(byte[] key)
    {
        _key = key;
        Pseudonym = HMACSHA256.HashData(key, "drmhub/pseudonym/v1"u8)[..16];
    }

    /// <summary>16 bytes.</summary>
    public byte[] Pseudonym { get; }

    /// <summary>
    /// What stands for one of the subscriber's devices: 16 bytes, the same in all entries of this subscriber and another for every other, so that
    /// a device links nobody to anybody.
    /// </summary>
    public byte[] DevicePseudonym(string deviceId)
    {
        // A subscriber watches on one device at a time, mostly.
        if (_device is { } last && last.Id == deviceId) return last.Pseudonym;
        var pseudonym = HMACSHA256.HashData(_key, (byte[])[.. "drmhub/device/v1\0"u8, .. System.Text.Encoding.UTF8.GetBytes(deviceId)])[..16];
        _device = new Device(deviceId, pseudonym);
        return pseudonym;
    }

    /// <summary>The key of one entry's details. Handing it over opens that entry and no other.</summary>
    public byte[] EntryKey(ReadOnlySpan<byte> entryId)
    {
        // HKDF (RFC 5869) for the one block that is needed, by hand: the general one costs a licence twice as much.
        Span<byte> pseudorandom = stackalloc byte[32];
        HMACSHA256.HashData(entryId, _key, pseudorandom);
        var entryKey = HMACSHA256.HashData(pseudorandom, "drmhub/detail/v1\u0001"u8);
        CryptographicOperations.ZeroMemory(pseudorandom);
        return entryKey;
    }

    private sealed record Device(string Id, byte[] Pseudonym);
}
