using System.Collections.Frozen;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>The keys that tokens may be signed with, by their <c>kid</c>. Immutable: a refresh replaces it whole, and what was validated under another set is validated again.</summary>
public sealed class TokenKeySet
{
    public static readonly TokenKeySet Empty = new([]);

    private readonly FrozenDictionary<string, SecurityKey> _byId;

    /// <param name="keys">Of two keys with one id the first counts; a key without an id is used only where it is the only one.</param>
    public TokenKeySet(IEnumerable<SecurityKey> keys)
    {
        Keys = [.. keys.DistinctBy(key => key.KeyId ?? "", StringComparer.Ordinal)];
        _byId = Keys.Where(key => !string.IsNullOrEmpty(key.KeyId)).ToFrozenDictionary(key => key.KeyId, StringComparer.Ordinal);
    }

    public IReadOnlyList<SecurityKey> Keys { get; }

    /// <summary>The key that a token names; where it names none, the only key there is.</summary>
    public SecurityKey? Find(string? keyId) =>
        string.IsNullOrEmpty(keyId) ? Keys.Count == 1 ? Keys[0] : null
        : _byId.TryGetValue(keyId, out var key) ? key : null;
}
