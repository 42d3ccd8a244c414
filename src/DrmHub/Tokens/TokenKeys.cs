using System.Security.Cryptography;
using System.Text;
using DrmHub.LicenseProxy.Tokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Host.Tokens;

/// <summary>
/// Whose signatures count. Section <c>Tokens</c>: <c>Issuer</c>; <c>PublicKeyFiles</c>, PEM files of RSA, P-256, P-384 or Ed25519 public keys; <c>Discovery</c>, which
/// reads the keys that the issuer publishes; and <c>HmacSecretFiles</c>, for players only. A token names its key by <c>kid</c>: the file's name
/// without extension. Section <c>Operators</c> has the same for operators' tokens; without it they come from the issuer of the players'.
/// Where no keys are named at all, the local key of the data directory signs.
/// </summary>
internal static class TokenKeys
{
    private const int MinSecret = 32;

    public static bool UsesLocalKey(IConfiguration configuration) => !HasKeys(configuration.GetSection("Tokens"));

    public static string IssuerOf(IConfigurationSection section) => section["Issuer"] is { Length: > 0 } issuer ? issuer : TokenIssuer.Issuer;

    /// <summary>The section that says whose operators' tokens count.</summary>
    public static IConfigurationSection ForOperators(IConfiguration configuration) =>
        configuration.GetSection("Operators") is var own && HasKeys(own) ? own : configuration.GetSection("Tokens");

    public static IReadOnlyList<SecurityKey> ReadForPlayers(IConfiguration configuration, LocalTokenKey? local) =>
        local is not null ? [local.Key] : [.. ReadPublic(configuration.GetSection("Tokens")), .. Files(configuration.GetSection("Tokens"), "HmacSecretFiles").Select(ReadHmac)];

    /// <exception cref="InvalidDataException">No operator could sign in.</exception>
    public static TokenKeyOptions ReadForOperators(IConfiguration configuration, LocalTokenKey? local)
    {
        var section = ForOperators(configuration);
        var options = new TokenKeyOptions
        {
            Issuer = IssuerOf(section),
            Discovery = section.GetValue("Discovery", false),
            Keys = HasKeys(section) ? ReadPublic(section) : local is not null ? [local.Key] : [],
        };
        return options.Discovery || options.Keys.Count > 0 ? options : throw new InvalidDataException("No operator could sign in: a shared secret is for players only. Set Operators:PublicKeyFiles, or Operators:Discovery.");
    }

    /// <summary>Raw bytes, or text with a line feed at the end that an editor left.</summary>
    /// <exception cref="InvalidDataException">Fewer than 32 bytes.</exception>
    public static byte[] ReadSecret(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = bytes.Length;
        while (length > MinSecret && bytes[length - 1] is (byte)'\n' or (byte)'\r') length--;
        return length >= MinSecret ? bytes[..length] : throw new InvalidDataException($"{path}: a secret has at least {MinSecret} bytes.");
    }

    private static bool HasKeys(IConfigurationSection section) =>
        section.GetValue("Discovery", false) || Files(section, "PublicKeyFiles").Length > 0 || Files(section, "HmacSecretFiles").Length > 0;

    private static string[] Files(IConfigurationSection section, string name) => section.GetSection(name).Get<string[]>() ?? [];

    private static List<SecurityKey> ReadPublic(IConfigurationSection section) => [.. Files(section, "PublicKeyFiles").Select(ReadFile)];

    private static SymmetricSecurityKey ReadHmac(string path) => new(ReadSecret(path)) { KeyId = Path.GetFileNameWithoutExtension(path) };

    private static SecurityKey ReadFile(string path)
    {
        var pem = File.ReadAllText(path);
        var keyId = Path.GetFileNameWithoutExtension(path);
        if (Ed25519SecurityKey.TryCreateFromPem(Encoding.ASCII.GetBytes(pem), out var ed)) return Named(ed, keyId);
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
            return ecdsa.KeySize is 256 or 384 ? new ECDsaSecurityKey(ecdsa) { KeyId = keyId } : throw new InvalidDataException($"{path}: an elliptic curve is P-256, P-384 or Ed25519.");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"{path} holds neither an RSA nor an elliptic-curve public key in PEM.", exception);
        }
    }

    private static SecurityKey Named(SecurityKey key, string keyId)
    {
        key.KeyId = keyId;
        return key;
    }
}
