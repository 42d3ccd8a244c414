using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// Tokens that were found valid, by SHA-256 over the whole token: with a changed signature it is another token. Only good ones are
/// kept, for as long as the key set is the same. Lifetime, single use and rights are checked by the callers each time. Bounded: two
/// generations, and the older one is dropped when the younger is full. Safe for concurrent use.
/// </summary>
internal sealed class TokenCache(int capacity)
{
    private readonly int _half = Math.Max(1, capacity / 2);
    private readonly Lock _turn = new();
    private int _added;
    private volatile ConcurrentDictionary<Name, Entry> _young = new();
    private volatile ConcurrentDictionary<Name, Entry> _old = new();

    public static Name NameOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (token.Length > 2048)
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        }
        else
        {
            Span<byte> bytes = stackalloc byte[2048 * 3];
            SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(token, bytes)], hash);
        }

        return MemoryMarshal.Read<Name>(hash);
    }

    public static Name NameOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return MemoryMarshal.Read<Name>(hash);
    }

    public ValidToken? Find(Name name, TokenKeySet keys)
    {
        if (capacity <= 0) return null;
        if (!_young.TryGetValue(name, out var entry))
        {
            if (!_old.TryGetValue(name, out entry)) return null;
            if (entry.Keys == keys) Add(name, entry.Token, keys);
        }

        return entry.Keys == keys ? entry.Token : null;
    }

    public void Add(Name name, ValidToken token, TokenKeySet keys)
    {
        if (capacity <= 0) return;
        var young = _young;
        if (!young.TryAdd(name, new Entry(token, keys))) return;
        if (Interlocked.Increment(ref _added) < _half) return;
        lock (_turn)
        {
            if (_added < _half) return;
            _added = 0;
            _old = _young;
            _young = new ConcurrentDictionary<Name, Entry>();
        }
    }

    /// <summary>All 32 bytes of a hash.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Name(ulong A, ulong B, ulong C, ulong D)
    {
        /// <summary>A hash needs no hashing.</summary>
        public override int GetHashCode() => (int)(uint)(A & uint.MaxValue >> 1);

        public string ToHex() => $"{A:x16}{B:x16}";
    }

    private readonly record struct Entry(ValidToken Token, TokenKeySet Keys);
}

/// <summary>A token whose form, signature, issuer and audience are right; its lifetime is for the reader to check.</summary>
internal sealed record ValidToken(PlayerToken Player, long ExpiresAt, long? NotBefore);
