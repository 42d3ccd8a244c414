using System.Security.Cryptography;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>
/// A packager's signing credential for the Widevine packager API: an AES key with its IV, an RSA public key, or both.
/// </summary>
public sealed class WidevineSigner
{
    private readonly byte[]? _aesKey;
    private readonly byte[]? _aesIv;
    private readonly string? _rsaPublicKeyPem;

    /// <param name="name">The name that requests give as <c>signer</c>; case-sensitive.</param>
    /// <param name="aesKey">32 bytes (16 is accepted too), or null.</param>
    /// <param name="aesIv">16 bytes where there is an AES key.</param>
    /// <param name="rsaPublicKeyPem">PEM of an RSA public key of at least 2048 bits, or null.</param>
    /// <exception cref="ArgumentException">A length that does not fit, a weak or unreadable RSA key, or no key at all.</exception>
    public WidevineSigner(string name, byte[]? aesKey, byte[]? aesIv, string? rsaPublicKeyPem)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (aesKey is null && rsaPublicKeyPem is null) throw new ArgumentException($"Signer {name} has neither an AES key nor an RSA public key.");
        if (aesKey is not null && (aesKey.Length is not (16 or 32) || aesIv is not { Length: 16 }))
            throw new ArgumentException($"Signer {name}: the AES key has 16 or 32 bytes and its IV 16, both written in hex.");
        if (rsaPublicKeyPem is not null)
        {
            using var rsa = ImportRsa(name, rsaPublicKeyPem);
            if (rsa.KeySize < 2048) throw new ArgumentException($"Signer {name}: an RSA key has at least 2048 bits.");
        }

        Name = name;
        _aesKey = aesKey;
        _aesIv = aesIv;
        _rsaPublicKeyPem = rsaPublicKeyPem;
    }

    public string Name { get; }

    /// <summary>The public credentials that every Widevine integration test uses. Known to everybody: Production refuses them.</summary>
    public static WidevineSigner Test { get; } = new(
        "widevine_test",
        Convert.FromHexString("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9"),
        Convert.FromHexString("d58ce954203b7c9a9a9d467f59839249"),
        rsaPublicKeyPem: null);

    /// <summary>
    /// AES: AES-CBC with PKCS #7 padding over the message's SHA-1, compared in constant time. RSA: RSASSA-PSS with SHA-1,
    /// MGF1-SHA-1 and a 20-byte salt. The API prescribes SHA-1; its collisions do not help against either.
    /// </summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(message, digest);
        if (_aesKey is not null)
        {
            using var aes = Aes.Create();
            aes.Key = _aesKey;
            if (CryptographicOperations.FixedTimeEquals(aes.EncryptCbc(digest, _aesIv!), signature)) return true;
        }

        if (_rsaPublicKeyPem is null) return false;
        using var rsa = ImportRsa(Name, _rsaPublicKeyPem);
        return rsa.VerifyHash(digest, signature, HashAlgorithmName.SHA1, RSASignaturePadding.Pss);
    }

    private static RSA ImportRsa(string name, string pem)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return rsa;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            rsa.Dispose();
            throw new ArgumentException($"Signer {name}: the RSA public key is not readable PEM.", exception);
        }
    }
}
