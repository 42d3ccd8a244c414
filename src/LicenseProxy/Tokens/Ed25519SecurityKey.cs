using System.Diagnostics.CodeAnalysis;
using Microsoft.IdentityModel.Tokens;
using NSec.Cryptography;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// An Ed25519 public key for JWTs with <c>alg</c> EdDSA (RFC 8037; RFC 8032 checks by NSec). The token library knows neither, so the
/// key brings the check along.
/// </summary>
public sealed class Ed25519SecurityKey : SecurityKey
{
    /// <summary>The name in a token's header.</summary>
    public const string Algorithm = "EdDSA";

    /// <summary>Bytes of a public key (RFC 8032, 5.1.5).</summary>
    public const int PublicKeySize = 32;

    private readonly PublicKey _key;

    private Ed25519SecurityKey(PublicKey key)
    {
        _key = key;
        CryptoProviderFactory = new CryptoProviderFactory { CustomCryptoProvider = new Provider(this), CacheSignatureProviders = false };
    }

    public override int KeySize => 256;

    /// <summary>From the 32 raw bytes; false if they are no point of the curve.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out Ed25519SecurityKey? key) => TryCreate(raw, KeyBlobFormat.RawPublicKey, out key);

    /// <summary>From PEM (<c>BEGIN PUBLIC KEY</c>, RFC 8410); false if it is none.</summary>
    public static bool TryCreateFromPem(ReadOnlySpan<byte> pem, [NotNullWhen(true)] out Ed25519SecurityKey? key) => TryCreate(pem, KeyBlobFormat.PkixPublicKeyText, out key);

    private static bool TryCreate(ReadOnlySpan<byte> blob, KeyBlobFormat format, [NotNullWhen(true)] out Ed25519SecurityKey? key)
    {
        key = PublicKey.TryImport(SignatureAlgorithm.Ed25519, blob, format, out var imported) ? new Ed25519SecurityKey(imported!) : null;
        return key is not null;
    }

    private sealed class Provider(Ed25519SecurityKey key) : ICryptoProvider
    {
        public bool IsSupportedAlgorithm(string algorithm, params object[] args) => algorithm == Algorithm;

        public object Create(string algorithm, params object[] args) => new Verifier(key);

        public void Release(object cryptoInstance) => (cryptoInstance as IDisposable)?.Dispose();
    }

    private sealed class Verifier(Ed25519SecurityKey key) : SignatureProvider(key, Ed25519SecurityKey.Algorithm)
    {
        public override byte[] Sign(byte[] input) => throw new NotSupportedException("A public key signs nothing.");

        public override bool Verify(byte[] input, byte[] signature) => SignatureAlgorithm.Ed25519.Verify(key._key, input, signature);

        public override bool Verify(byte[] input, int inputOffset, int inputLength, byte[] signature, int signatureOffset, int signatureLength) =>
            SignatureAlgorithm.Ed25519.Verify(key._key, input.AsSpan(inputOffset, inputLength), signature.AsSpan(signatureOffset, signatureLength));

        protected override void Dispose(bool disposing)
        {
            // The key outlives its checks.
        }
    }
}
