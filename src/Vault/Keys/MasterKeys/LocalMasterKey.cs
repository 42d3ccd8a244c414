using System.Security.Cryptography;

namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>
/// Master keys of 32 bytes in this process's memory, from a file or the environment. The first of them wraps; all unwrap.
/// Wrapping is a <see cref="SealedBox"/>, with the id of the master key as associated data.
/// An id is <c>local:</c> and the first 8 bytes of a hash of the key, in hex.
/// </summary>
public sealed class LocalMasterKey : IMasterKey, IDisposable
{
    public const int Size = 32;

    private const string Prefix = "local:";

    private readonly Func<IReadOnlyList<byte[]>> _load;
    private readonly Lock _lock = new();
    private List<(string Id, byte[] Key)> _keys;

    /// <param name="load">Reads the keys, newest first, each in a pinned array of 32 bytes. Called again when an unknown id is met: a rotation elsewhere adds keys.</param>
    /// <exception cref="MasterKeyException">Thrown by <paramref name="load"/>, or there is no key.</exception>
    internal LocalMasterKey(Func<IReadOnlyList<byte[]>> load)
    {
        _load = load;
        _keys = Load();
    }

    public static LocalMasterKey FromFile(MasterKeyFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new LocalMasterKey(file.Read);
    }

    /// <summary>Public name of a master key: it tells nothing about the key.</summary>
    public static string IdOf(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, "DrmHub master key id"u8, hash);
        return Prefix + Convert.ToHexStringLower(hash[..8]);
    }

    public ValueTask<string> GetCurrentIdAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Current().Id);

    public bool Owns(string masterKeyId)
    {
        ArgumentNullException.ThrowIfNull(masterKeyId);
        return masterKeyId.StartsWith(Prefix, StringComparison.Ordinal);
    }

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> plain, CancellationToken cancellationToken)
    {
        var (id, key) = Current();
        using var aes = SealedBox.Cipher(key);
        return ValueTask.FromResult(new WrappedKey(id, aes.Seal(plain.Span, IdBytes(id))));
    }

    public ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        var key = Find(wrapped.MasterKeyId) ?? throw new MasterKeyException($"Master key {wrapped.MasterKeyId} is not here.");
        var size = wrapped.Bytes.Length - SealedBox.Overhead;
        if (size <= 0) throw new MasterKeyException("The wrapped key is too short.");
        var plain = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        try
        {
            using var aes = SealedBox.Cipher(key);
            aes.Open(wrapped.Bytes, plain, IdBytes(wrapped.MasterKeyId));
            return ValueTask.FromResult(plain);
        }
        catch (CryptographicException exception)
        {
            CryptographicOperations.ZeroMemory(plain);
            throw new MasterKeyException($"What master key {wrapped.MasterKeyId} wrapped was changed.", exception);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, key) in _keys) CryptographicOperations.ZeroMemory(key);
            _keys = [];
        }
    }

    /// <summary>Read anew each time, which is rare: a rotation elsewhere may have put another key in front.</summary>
    private (string Id, byte[] Key) Current()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_keys.Count == 0, this);
            _keys = Load();
            return _keys[0];
        }
    }

    private byte[]? Find(string id)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_keys.Count == 0, this);
            if (!_keys.Any(key => key.Id == id)) _keys = Load();
            return _keys.FirstOrDefault(key => key.Id == id).Key;
        }
    }

    private List<(string Id, byte[] Key)> Load()
    {
        var keys = _load();
        if (keys.Count == 0 || keys.Any(key => key.Length != Size)) throw new MasterKeyException("There is no master key of 32 bytes.");
        return [.. keys.Select(key => (IdOf(key), key))];
    }

    private static byte[] IdBytes(string id) => System.Text.Encoding.ASCII.GetBytes(id);
}
