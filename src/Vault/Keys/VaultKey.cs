using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>An opened key. Disposing it zeroes the key; whoever receives one disposes it.</summary>
public sealed class VaultKey : IDisposable
{
    internal VaultKey(VaultKeyInfo info, ContentKey key, bool isNew)
    {
        Info = info;
        Key = key;
        IsNew = isNew;
    }

    public VaultKeyInfo Info { get; }

    public string ContentId => Info.ContentId;

    public KeyId KeyId => Info.KeyId;

    public string Track => Info.Track;

    public ProtectionScheme Scheme => Info.Scheme;

    public long? CryptoPeriod => Info.CryptoPeriod;

    public byte[]? Iv => Info.Iv;

    public long? MinPixels => Info.MinPixels;

    public long? MaxPixels => Info.MaxPixels;

    public int? MinChannels => Info.MinChannels;

    public int? MaxChannels => Info.MaxChannels;

    public string? Quality => Info.Quality;

    /// <summary>Valid until this is disposed.</summary>
    public ContentKey Key { get; }

    /// <summary>True where this very question created the key: one answer of all that ask at once says so.</summary>
    public bool IsNew { get; }

    public void Dispose() => Key.Dispose();

    public override string ToString() => $"VaultKey({KeyId}, {Track})";
}
