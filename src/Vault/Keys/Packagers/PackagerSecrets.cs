using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace DrmHub.Vault.Keys.Packagers;

/// <summary>Makes secrets, and what is kept of them. Every secret is at least 256 random bits, so one pass of SHA-256 hides it.</summary>
public static class PackagerSecrets
{
    /// <summary>The realm of Digest. HA1 is bound to it.</summary>
    public const string DigestRealm = "drmhub";

    /// <summary>An API key is this, 16 hex digits that find it, an underscore and 43 characters of base64url.</summary>
    public const string ApiKeyPrefix = "dhk_";

    private const int SecretSize = 32;
    private const int IdentifierDigits = 16;
    private const int SignerIvSize = 16;
    private const int ApiKeyLength = 4 + IdentifierDigits + 1 + 43;

    /// <summary>Splits an API key into the part that finds it and the part that proves it; false where it has not that form.</summary>
    public static bool TrySplitApiKey(ReadOnlySpan<char> key, out string identifier, out ReadOnlySpan<char> secret)
    {
        identifier = "";
        secret = default;
        if (key.Length != ApiKeyLength || !key.StartsWith(ApiKeyPrefix, StringComparison.Ordinal) || key[ApiKeyPrefix.Length + IdentifierDigits] != '_') return false;
        identifier = key.Slice(ApiKeyPrefix.Length, IdentifierDigits).ToString();
        secret = key[(ApiKeyPrefix.Length + IdentifierDigits + 1)..];
        return true;
    }

    /// <summary>What is kept of an API key's secret part and of a Basic password.</summary>
    public static byte[] Hash(ReadOnlySpan<char> secret)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(secret)];
        Encoding.UTF8.GetBytes(secret, bytes);
        var hash = SHA256.HashData(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return hash;
    }

    /// <param name="kind">A kind whose secret is the hub's to make.</param>
    /// <param name="packager">The packager's name.</param>
    internal static (IssuedCredential Issued, byte[] Kept) Make(CredentialKind kind, string packager)
    {
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretSize));
        switch (kind)
        {
            case CredentialKind.ApiKey:
                var identifier = RandomNumberGenerator.GetHexString(IdentifierDigits, lowercase: true);
                return (new IssuedCredential(kind, identifier, $"{ApiKeyPrefix}{identifier}_{text}"), Hash(text));
            case CredentialKind.Basic:
                return (new IssuedCredential(kind, packager, text), Hash(text));
            case CredentialKind.Digest:
                return (new IssuedCredential(kind, packager, text), [.. SHA256.HashData(Ha1Input(packager, text)), .. Md5(Ha1Input(packager, text))]);
            case CredentialKind.Aws:
                return (new IssuedCredential(kind, "DHAK" + RandomNumberGenerator.GetHexString(IdentifierDigits), text), Encoding.UTF8.GetBytes(text));
            case CredentialKind.Signer:
                var keyAndIv = RandomNumberGenerator.GetBytes(SecretSize + SignerIvSize);
                return (new IssuedCredential(kind, packager, $"{Convert.ToHexStringLower(keyAndIv.AsSpan(0, SecretSize))} {Convert.ToHexStringLower(keyAndIv.AsSpan(SecretSize))}"), keyAndIv);
            default:
                throw new ArgumentException($"A credential of the kind {kind.ToName()} comes with the packager's own public key.", nameof(kind));
        }
    }

    private static byte[] Ha1Input(string user, string password) => Encoding.UTF8.GetBytes($"{user}:{DigestRealm}:{password}");

    /// <summary>RFC 7616, 3.2: what old encoders compute with.</summary>
    private static byte[] Md5(byte[] bytes)
    {
        try
        {
            return MD5.HashData(bytes);
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            return new byte[MD5.HashSizeInBytes]; // A system in FIPS mode has none, and offers none.
        }
    }
}
