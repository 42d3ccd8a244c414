using System.Security.Cryptography;
using DrmHub.LicenseProxy.Upstreams;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>How to speak with a Widevine licence service: the account and its signing key. The key stays here; <see cref="Sign"/> uses it.</summary>
internal sealed class WidevineCloudOptions
{
    private readonly byte[] _aesKey;
    private readonly byte[] _aesIv;

    public WidevineCloudOptions(string provider, string signer, byte[] aesKey, byte[] aesIv)
    {
        Provider = provider;
        Signer = signer;
        _aesKey = aesKey;
        _aesIv = aesIv;
        SessionKey = aesKey.Length == 0 ? [] : HKDF.DeriveKey(HashAlgorithmName.SHA256, aesKey, WidevineSessionToken.KeySize, info: "drmhub widevine session token"u8.ToArray());
    }

    /// <summary>The account; its letter case matters.</summary>
    public string Provider { get; }

    public string Signer { get; }

    /// <summary>A policy that the account holds at the service; null for none.</summary>
    public string? PolicyName { get; init; }

    /// <summary>Where players renew, where it is not the address that they asked; null to leave it to them.</summary>
    public string? RenewalServerUrl { get; init; }

    /// <summary>Whether devices whose platform could not be verified get licences; null leaves it to the account.</summary>
    public bool? AllowUnverifiedPlatform { get; init; }

    /// <summary>Seals <see cref="WidevineSessionToken"/>; the same on every node.</summary>
    public byte[] SessionKey { get; }

    public static WidevineCloudOptions Read(UpstreamSection section)
    {
        var provider = section.Required("Provider");
        return new WidevineCloudOptions(provider, section.Text("Signer") ?? provider, section.HexSecret("AesKey", 32, 16), section.HexSecret("AesIv", 16))
        {
            PolicyName = section.Text("PolicyName"),
            RenewalServerUrl = section.Address("RenewalServerUrl", required: false)?.ToString(),
            AllowUnverifiedPlatform = section.Text("AllowUnverifiedPlatform") is null ? null : section.Flag("AllowUnverifiedPlatform", false),
        };
    }

    /// <summary>AES-CBC with PKCS #7 padding over the message's SHA-1: 32 bytes. The API prescribes SHA-1; its collisions do not help a forger without the key.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(message, digest);
        using var aes = Aes.Create();
        aes.SetKey(_aesKey);
        return aes.EncryptCbc(digest, _aesIv);
    }
}
