using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>An opened key. Disposing it zeroes the key; whoever receives one disposes it.</summary>
public sealed class VaultKey : IDisposable
{
    private readonly ContentKey? _content;
    private readonly EntitlementKey? _entitlement;

    internal VaultKey(VaultKeyInfo info, ContentKey key, bool isNew)
    {
        Info = info;
        _content = key;
        IsNew = isNew;
    }

    internal VaultKey(VaultKeyInfo info, EntitlementKey key)
    {
        Info = info;
        _entitlement = key;
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
    /// <exception cref="InvalidOperationException">An entitlement key: it must never pass for a content key.</exception>
    public ContentKey Key => _content ?? throw new InvalidOperationException("An entitlement key is no content key.");

    /// <summary>The key that wraps content keys; null for a content key. Valid until this is disposed.</summary>
    public EntitlementKey? Entitlement => _entitlement;

    /// <summary>True where this very question created the key: one answer of all that ask at once says so.</summary>
    public bool IsNew { get; }

    public void Dispose()
    {
        _content?.Dispose();
        _entitlement?.Dispose();
    }

    public override string ToString() => $"VaultKey({KeyId}, {Track})";
}
