using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>A JSON Web Token signed with a shared secret (RFC 7515, compact form; HS256 and HS512 of RFC 7518), for services that take no other.</summary>
internal static class CompactJwt
{
    public static string Create(HashAlgorithmName hash, ReadOnlySpan<byte> key, string? keyId, Action<Utf8JsonWriter> claims)
    {
        var header = Json(json =>
        {
            json.WriteString("alg", hash == HashAlgorithmName.SHA512 ? "HS512" : "HS256");
            json.WriteString("typ", "JWT");
            if (keyId is not null) json.WriteString("kid", keyId);
        });
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(Json(claims))}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        return $"{signed}.{Base64Url.EncodeToString(hash == HashAlgorithmName.SHA512 ? HMACSHA512.HashData(key, bytes) : HMACSHA256.HashData(key, bytes))}";
    }

    /// <summary>One JSON object.</summary>
    public static byte[] Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
