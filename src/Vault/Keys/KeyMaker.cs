using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Vault.Keys.Derivation;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Vault.Keys;

/// <summary>Makes new keys: at random, or derived where a rule fits the content id.</summary>
internal sealed class KeyMaker : IDisposable
{
    private readonly Rule[] _rules;

    /// <exception cref="MasterKeyException">A secret is missing, too short, or readable by others.</exception>
    public KeyMaker(IReadOnlyList<KeyDerivationOptions> rules)
    {
        _rules = [.. rules.Select(rule => new Rule(rule.Pattern, rule.Kind, ReadSecret(rule)))];
    }

    /// <summary>The key id (the chosen one, if there is one) and the key, which the caller disposes.</summary>
    public (KeyId KeyId, ContentKey Key) Make(KeyIdentity identity, KeyId? requested)
    {
        var rule = Array.Find(_rules, rule => rule.Fits(identity.ContentId));
        if (rule is null) return (requested ?? RandomKeyId(), ContentKey.Random());
        var id = requested ?? HkdfKeys.DeriveKeyId(rule.Secret, identity);
        Span<byte> bytes = stackalloc byte[ContentKey.Size];
        if (rule.Kind == KeyDerivationKind.PlayReadySeed) PlayReadyKeySeed.Derive(rule.Secret, id, bytes);
        else HkdfKeys.DeriveKey(rule.Secret, id, bytes);
        var key = new ContentKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return (id, key);
    }

    /// <summary>An entitlement key and its id, by the same rules as the content's keys: a lost database must give back what wrapped them. The caller disposes the key.</summary>
    public (KeyId KeyId, EntitlementKey Key) MakeEntitlement(string contentId, string track)
    {
        var rule = Array.Find(_rules, rule => rule.Fits(contentId));
        if (rule is null) return (RandomKeyId(), EntitlementKey.Random());
        var id = HkdfKeys.DeriveEntitlementId(rule.Secret, contentId, track);
        Span<byte> bytes = stackalloc byte[EntitlementKey.Size];
        HkdfKeys.DeriveEntitlementKey(rule.Secret, id, bytes);
        var key = new EntitlementKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return (id, key);
    }

    public void Dispose()
    {
        foreach (var rule in _rules) CryptographicOperations.ZeroMemory(rule.Secret);
    }

    /// <summary>A random GUID (RFC 9562, version 4): some packagers check the version bits.</summary>
    private static KeyId RandomKeyId()
    {
        Span<byte> bytes = stackalloc byte[KeyId.Size];
        RandomNumberGenerator.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new KeyId(bytes);
    }

    private static byte[] ReadSecret(KeyDerivationOptions rule)
    {
        var text = rule.Secret;
        if (rule.SecretFile is { } path)
        {
            if (!File.Exists(path)) throw new MasterKeyException($"There is no derivation secret {path}.");
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
                throw new MasterKeyException($"The derivation secret {path} can be used by others than its owner. Set its mode to 600.");
            text = File.ReadAllText(path);
        }

        var decoded = new byte[text!.Length];
        if (!Convert.TryFromBase64String(text.Trim(), decoded, out var size) || size < KeyDerivationOptions.MinSecretSize)
            throw new MasterKeyException($"The derivation secret for {rule.Pattern} is not {KeyDerivationOptions.MinSecretSize} bytes or more in base64.");
        var secret = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        decoded.AsSpan(0, size).CopyTo(secret);
        CryptographicOperations.ZeroMemory(decoded);
        return secret;
    }

    private sealed record Rule(string Pattern, KeyDerivationKind Kind, byte[] Secret)
    {
        public bool Fits(string contentId) =>
            Pattern.EndsWith('*') ? contentId.AsSpan().StartsWith(Pattern.AsSpan(0, Pattern.Length - 1), StringComparison.Ordinal) : contentId == Pattern;
    }
}
