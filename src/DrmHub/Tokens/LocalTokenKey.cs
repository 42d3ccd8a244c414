using System.Security.Cryptography;
using System.Text;
using DrmHub.Vault;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Host.Tokens;

/// <summary>
/// The key that signs tokens of a development hub: ECDSA P-256 in <c>tokens.pem</c> of the data directory, readable by its
/// owner only, made when it is first needed. In production an identity provider signs.
/// </summary>
internal sealed class LocalTokenKey : IDisposable
{
    private const string FileName = "tokens.pem";
    private readonly ECDsa _ecdsa;

    private LocalTokenKey(ECDsa ecdsa)
    {
        _ecdsa = ecdsa;
        Key = new ECDsaSecurityKey(ecdsa);
        Key.KeyId = Base64UrlEncoder.Encode(Key.ComputeJwkThumbprint());
    }

    public ECDsaSecurityKey Key { get; }

    /// <exception cref="InvalidDataException">The file is there but holds no P-256 key.</exception>
    public static LocalTokenKey OpenOrCreate(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, FileName);
        if (!File.Exists(path)) Create(path);
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportFromPem(File.ReadAllText(path));
            if (ecdsa.KeySize != 256) throw new CryptographicException("Not P-256.");
            return new LocalTokenKey(ecdsa);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            ecdsa.Dispose();
            throw new InvalidDataException($"{path} holds no P-256 private key.", exception);
        }
    }

    public void Dispose() => _ecdsa.Dispose();

    /// <summary>Of two processes that start together, both use the key of one.</summary>
    private static void Create(string path)
    {
        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        NewFile.TryWrite(path, Encoding.ASCII.GetBytes(fresh.ExportPkcs8PrivateKeyPem()));
    }
}
