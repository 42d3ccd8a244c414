using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Vault.Keys;
using Microsoft.AspNetCore.DataProtection;

namespace DrmHub.Host.Pages.SignIn;

/// <summary>
/// Seals session cookies and anti-forgery tokens under a secret of the vault, so that they hold on every node and over a restart
/// without a key ring of their own. Form: version(1) salt(16) tag(16) ciphertext; AES-256-GCM under a key and a nonce that HKDF
/// derives from the secret, the purposes and the salt, so that no nonce comes twice under one key.
/// </summary>
internal sealed class SessionProtection : IDataProtectionProvider, IDataProtector
{
    public const string SecretName = "console.sessions";
    public const int SecretSize = 32;

    private const byte Version = 1;
    private const int SaltSize = 16;
    private const int TagSize = 16;
    private const int KeySize = 32;
    private const int NonceSize = 12;

    private readonly byte[] _secret;
    private readonly byte[] _purposes;

    private SessionProtection(byte[] secret, byte[] purposes)
    {
        _secret = secret;
        _purposes = purposes;
    }

    public static async Task<SessionProtection> OpenAsync(KeyVault vault, CancellationToken cancellationToken) =>
        new(await vault.GetOrCreateSecretAsync(SecretName, SecretSize, cancellationToken), "drmhub/console/v1"u8.ToArray());

    /// <summary>For tests.</summary>
    internal static SessionProtection Over(byte[] secret) => new(secret, []);

    /// <summary>Purposes are told apart by their length: "ab" + "c" is not "a" + "bc".</summary>
    public IDataProtector CreateProtector(string purpose)
    {
        var text = Encoding.UTF8.GetBytes(purpose);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
        return new SessionProtection(_secret, [.. _purposes, .. length, .. text]);
    }

    public byte[] Protect(byte[] plaintext)
    {
        var sealedBytes = new byte[1 + SaltSize + TagSize + plaintext.Length];
        sealedBytes[0] = Version;
        var salt = sealedBytes.AsSpan(1, SaltSize);
        RandomNumberGenerator.Fill(salt);
        Span<byte> derived = stackalloc byte[KeySize + NonceSize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, derived, salt, _purposes);
        using var aes = new AesGcm(derived[..KeySize], TagSize);
        aes.Encrypt(derived[KeySize..], plaintext, sealedBytes.AsSpan(1 + SaltSize + TagSize), sealedBytes.AsSpan(1 + SaltSize, TagSize), sealedBytes.AsSpan(0, 1));
        CryptographicOperations.ZeroMemory(derived);
        return sealedBytes;
    }

    /// <exception cref="CryptographicException">Not sealed here, or for another purpose.</exception>
    public byte[] Unprotect(byte[] protectedData)
    {
        if (protectedData.Length < 1 + SaltSize + TagSize || protectedData[0] != Version) throw new CryptographicException("The value was not sealed here.");
        Span<byte> derived = stackalloc byte[KeySize + NonceSize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, derived, protectedData.AsSpan(1, SaltSize), _purposes);
        var plaintext = new byte[protectedData.Length - 1 - SaltSize - TagSize];
        using var aes = new AesGcm(derived[..KeySize], TagSize);
        aes.Decrypt(derived[KeySize..], protectedData.AsSpan(1 + SaltSize + TagSize), protectedData.AsSpan(1 + SaltSize, TagSize), plaintext, protectedData.AsSpan(0, 1));
        CryptographicOperations.ZeroMemory(derived);
        return plaintext;
    }
}
