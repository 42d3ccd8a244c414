using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Host.Tokens;

/// <summary>
/// Configuration <c>Tokens</c>: <c>Issuer</c>, and <c>PublicKeyFiles</c>, PEM files of RSA or P-256 public keys. A token names its
/// key by <c>kid</c>: the file's name without extension. Without them the local key of the data directory signs.
/// </summary>
internal static class TokenKeys
{
    public static bool UsesLocalKey(IConfiguration configuration) => Files(configuration).Length == 0;

    public static string Issuer(IConfiguration configuration) => configuration["Tokens:Issuer"] is { Length: > 0 } issuer ? issuer : TokenIssuer.Issuer;

    public static IReadOnlyList<SecurityKey> Read(IConfiguration configuration, LocalTokenKey? local) =>
        local is not null ? [local.Key] : [.. Files(configuration).Select(ReadFile)];

    private static string[] Files(IConfiguration configuration) => configuration.GetSection("Tokens:PublicKeyFiles").Get<string[]>() ?? [];

    private static SecurityKey ReadFile(string path)
    {
        var pem = File.ReadAllText(path);
        var keyId = Path.GetFileNameWithoutExtension(path);
        try
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa.KeySize >= 2048 ? new RsaSecurityKey(rsa) { KeyId = keyId } : throw new InvalidDataException($"{path}: an RSA key has at least 2048 bits.");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            // Not RSA: an elliptic curve, or nothing that can be used.
        }

        try
        {
            var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return new ECDsaSecurityKey(ecdsa) { KeyId = keyId };
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"{path} holds neither an RSA nor an elliptic-curve public key in PEM.", exception);
        }
    }
}
