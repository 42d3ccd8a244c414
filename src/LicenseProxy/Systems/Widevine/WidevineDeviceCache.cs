using System.Collections.Concurrent;
using System.Security.Cryptography;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// What <c>parse_only</c> said of a device, by the hash of the client id bytes in its challenge. That is safe without checking the challenge's signature: a
/// licence is encrypted for the device that these bytes name, so whoever copies another's client id gets a licence that only the other can open.
/// </summary>
internal sealed class WidevineDeviceCache(TimeProvider time)
{
    public const int MaxEntries = 50_000;
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Key, Entry> _entries = new();
    private int _sweeping;

    public (SecurityLevel Level, DeviceFacts Device)? Find(ReadOnlySpan<byte> clientId)
    {
        if (clientId.IsEmpty || !_entries.TryGetValue(KeyOf(clientId), out var entry) || time.GetElapsedTime(entry.At) >= Lifetime) return null;
        return (entry.Level, entry.Device);
    }

    public void Add(ReadOnlySpan<byte> clientId, SecurityLevel level, DeviceFacts device)
    {
        if (clientId.IsEmpty) return;
        if (_entries.Count >= MaxEntries) Sweep();
        if (_entries.Count < MaxEntries) _entries[KeyOf(clientId)] = new Entry(level, device, time.GetTimestamp());
    }

    /// <summary>Drops what is too old; where that is not enough, everything. One caller at a time.</summary>
    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) == 1) return;
        try
        {
            foreach (var (key, entry) in _entries)
                if (time.GetElapsedTime(entry.At) >= Lifetime) _entries.TryRemove(key, out _);
            if (_entries.Count >= MaxEntries) _entries.Clear();
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }

    private static Key KeyOf(ReadOnlySpan<byte> clientId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(clientId, hash);
        return new Key(BitConverter.ToUInt128(hash), BitConverter.ToUInt128(hash[16..]));
    }

    private readonly record struct Key(UInt128 Low, UInt128 High);

    private sealed record Entry(SecurityLevel Level, DeviceFacts Device, long At);
}
