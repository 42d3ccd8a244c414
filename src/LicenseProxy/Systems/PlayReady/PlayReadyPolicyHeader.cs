using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// Header <c>X-DrmHub-Policy</c> to an own PlayReady server: keys and policy, signed and encrypted. JSON Web Encryption (RFC 7516, compact form) with
/// <c>"alg":"dir"</c> and <c>"enc":"A256CBC-HS512"</c> (RFC 7518, 5.2.5), chosen because .NET Framework, on which the Server SDK runs, has AES-CBC and HMAC and no
/// AES-GCM. It names the challenge by its hash and expires after a minute, so that it is good for this request alone. docs/playready.md has the
/// format, a reader and a worked vector.
/// </summary>
internal static class PlayReadyPolicyHeader
{
    public const string Name = "X-DrmHub-Policy";
    public const int KeySize = 64;
    public const int LifetimeSeconds = 60;
    private const int HalfKey = KeySize / 2;
    private const int IvSize = 16;
    private const int IdSize = 16;
    private const int TagSize = 32;

    public static string Create(PlayReadyServerOptions options, ReadOnlySpan<byte> challenge, LicenseGrant grant, DateTimeOffset now)
    {
        var policy = Policy(challenge, grant, now.ToUnixTimeSeconds(), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize)));
        try
        {
            return Seal(options, policy.WrittenSpan, RandomNumberGenerator.GetBytes(IvSize));
        }
        finally
        {
            policy.Clear(); // zeroes the keys in it
        }
    }

    /// <summary>Signs and encrypts a policy.</summary>
    internal static string Seal(PlayReadyServerOptions options, ReadOnlySpan<byte> policy, ReadOnlySpan<byte> iv)
    {
        var header = Base64Url.EncodeToString(Header(options.PolicyKeyId));
        using var aes = Aes.Create();
        aes.SetKey(options.PolicyKey.AsSpan(HalfKey));
        var cipher = aes.EncryptCbc(policy, iv);

        // RFC 7518, 5.2.2.1: HMAC over the header, the IV, the ciphertext and the header's length in bits; its first half is the tag.
        var additional = Encoding.ASCII.GetBytes(header);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)additional.Length * 8);
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA512, options.PolicyKey.AsSpan(0, HalfKey));
        mac.AppendData(additional);
        mac.AppendData(iv);
        mac.AppendData(cipher);
        mac.AppendData(length);
        return $"{header}..{Base64Url.EncodeToString(iv)}.{Base64Url.EncodeToString(cipher)}.{Base64Url.EncodeToString(mac.GetHashAndReset().AsSpan(0, TagSize))}";
    }

    private static byte[] Header(string keyId)
    {
        var buffer = new ArrayBufferWriter<byte>(96);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("alg", "dir");
            json.WriteString("enc", "A256CBC-HS512");
            json.WriteString("kid", keyId);
            json.WriteString("typ", "drmhub-playready-policy");
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static ArrayBufferWriter<byte> Policy(ReadOnlySpan<byte> challenge, LicenseGrant grant, long nowSeconds, string id)
    {
        var terms = LicenseTerms.Of(grant);
        var begin = (grant.NowMs / 1000) - (long)PlayReadyTerms.BeginBefore.TotalSeconds;
        var end = (grant.NowMs / 1000) + Math.Min(terms.LicenseSeconds, 100L * 365 * 86_400);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        json.WriteString("id", id);
        json.WriteNumber("issued", nowSeconds);
        json.WriteNumber("expires", nowSeconds + LifetimeSeconds);
        json.WriteBase64String("challenge", SHA256.HashData(challenge));
        json.WriteString("content", grant.ContentId);
        json.WriteStartArray("licenses");
        foreach (var key in PlayReadyTerms.Of(grant))
        {
            json.WriteStartObject();
            json.WriteString("kid", key.Key.KeyId.ToString());
            json.WriteBase64String("key", key.Key.Key.Bytes);
            json.WriteString("algorithm", key.IsCbc ? "AESCBC" : "AESCTR");
            json.WriteNumber("minimumSecurityLevel", key.Level);
            json.WriteBoolean("persistent", terms.Persistent);
            json.WriteNumber("begin", begin);
            json.WriteNumber("end", end);
            if (terms.PlaybackSeconds is { } playback) json.WriteNumber("firstPlaySeconds", playback);
            if (key.VideoOutput is { } output) json.WriteNumber("uncompressedDigitalVideo", output);
            if (key.HdcpType1) json.WriteBoolean("hdcpType1", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer;
    }
}
