using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// Reads a JSON Web Key Set (RFC 7517): RSA of 2048 bits or more, P-256, P-384 and Ed25519 (RFC 8037). Anything else is left out: a
/// provider may publish keys for other uses. A shared secret (<c>oct</c>) in a public document is never taken.
/// </summary>
internal static class JsonWebKeys
{
    /// <summary>Keys in one set; a provider publishes a handful.</summary>
    public const int MaxKeys = 64;

    private const int MaxRsaBytes = 1024;

    /// <exception cref="InvalidDataException">Not a key set.</exception>
    public static IReadOnlyList<SecurityKey> Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
                throw new InvalidDataException("The key set has no \"keys\".");
            if (keys.GetArrayLength() > MaxKeys) throw new InvalidDataException($"The key set has more than {MaxKeys} keys.");
            return [.. keys.EnumerateArray().Select(ReadKey).OfType<SecurityKey>()];
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("The key set is not JSON.", exception);
        }
    }

    private static SecurityKey? ReadKey(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) return null;
        try
        {
            if (Text(json, "use") is { } use && use != "sig") return null;
            SecurityKey? key = Text(json, "kty") switch
            {
                "RSA" => ReadRsa(json),
                "EC" => ReadEllipticCurve(json),
                "OKP" => Text(json, "crv") == "Ed25519" && Ed25519SecurityKey.TryCreate(Bytes(json, "x", Ed25519SecurityKey.PublicKeySize), out var ed) ? ed : null,
                _ => null,
            };
            if (key is not null) key.KeyId = Text(json, "kid");
            return key;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or FormatException or InvalidOperationException)
        {
            // Among others: text that is no UTF-8.
            return null;
        }
    }

    private static RsaSecurityKey? ReadRsa(JsonElement json)
    {
        var key = new RsaSecurityKey(new RSAParameters { Modulus = Bytes(json, "n", MaxRsaBytes), Exponent = Bytes(json, "e", 8) });
        return key.KeySize >= 2048 ? key : null;
    }

    private static ECDsaSecurityKey? ReadEllipticCurve(JsonElement json)
    {
        var (curve, size) = Text(json, "crv") switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            _ => (default, 0),
        };
        if (size == 0) return null;

        // Importing checks that the point lies on the curve.
        return new ECDsaSecurityKey(ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Bytes(json, "x", size), Y = Bytes(json, "y", size) } }));
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[] Bytes(JsonElement json, string name, int max)
    {
        var bytes = Base64Url.DecodeFromChars(Text(json, name) ?? throw new FormatException($"A key without {name}."));
        return bytes.Length <= max ? bytes : throw new FormatException($"A key with a long {name}.");
    }
}
