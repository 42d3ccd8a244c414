using DrmHub.Cenc;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.Administration;

/// <summary>One key of <c>/admin/keys</c>, as JSON writes it.</summary>
internal sealed record KeyTableRow
{
    public required string ContentId { get; init; }

    /// <summary>32 hex digits, with or without hyphens.</summary>
    public required string KeyId { get; init; }

    /// <summary>32 hex digits; absent where values were not asked for.</summary>
    public string? Key { get; init; }

    public required string Track { get; init; }

    /// <summary><c>cenc</c>, <c>cbc1</c>, <c>cens</c> or <c>cbcs</c>.</summary>
    public required string Scheme { get; init; }

    public long? CryptoPeriod { get; init; }

    /// <summary>8 or 16 bytes in hex.</summary>
    public string? Iv { get; init; }

    public long? MinPixels { get; init; }

    public long? MaxPixels { get; init; }

    public int? MinChannels { get; init; }

    public int? MaxChannels { get; init; }

    public string? Quality { get; init; }

    public static KeyTableRow From(VaultKeyInfo info, ContentKey? key) => new()
    {
        ContentId = info.ContentId,
        KeyId = info.KeyId.ToString(),
        Key = key is null ? null : Convert.ToHexStringLower(key.Bytes),
        Track = info.Track,
        Scheme = info.Scheme.ToFourCC(),
        CryptoPeriod = info.CryptoPeriod,
        Iv = info.Iv is null ? null : Convert.ToHexStringLower(info.Iv),
        MinPixels = info.MinPixels,
        MaxPixels = info.MaxPixels,
        MinChannels = info.MinChannels,
        MaxChannels = info.MaxChannels,
        Quality = info.Quality,
    };

    /// <exception cref="FormatException">With the row's key id, where that can be read, and what was expected; never with a key.</exception>
    public (KeySpec Spec, ContentKey Key) Parse()
    {
        if (!Cenc.KeyId.TryParse(KeyId, out var keyId)) throw new FormatException("keyId is 32 hex digits, with or without the hyphens of a GUID.");
        if (!ProtectionSchemes.TryParse(Scheme, out var scheme)) throw new FormatException($"{keyId}: scheme is one of cenc, cbc1, cens, cbcs.");
        if (Key is not { Length: 2 * ContentKey.Size } || !Key.All(char.IsAsciiHexDigit)) throw new FormatException($"{keyId}: key is 32 hex digits.");
        if (Iv is not null && (Iv.Length is not (16 or 32) || !Iv.All(char.IsAsciiHexDigit))) throw new FormatException($"{keyId}: iv is 16 or 32 hex digits.");
        var spec = new KeySpec
        {
            Track = Track,
            Scheme = scheme,
            CryptoPeriod = CryptoPeriod,
            RequestedKeyId = keyId,
            Iv = Iv is null ? null : Convert.FromHexString(Iv),
            MinPixels = MinPixels,
            MaxPixels = MaxPixels,
            MinChannels = MinChannels,
            MaxChannels = MaxChannels,
            Quality = Quality,
        };
        return (spec, new ContentKey(Convert.FromHexString(Key)));
    }
}
