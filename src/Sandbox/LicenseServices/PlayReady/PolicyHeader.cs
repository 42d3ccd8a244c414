using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Cenc;
using DrmHub.Sandbox.Wire;

namespace DrmHub.Sandbox.LicenseServices.PlayReady;

/// <summary>
/// The signed, encrypted header that a hub sends to an own PlayReady server, read as docs/playready.md tells the writer of such a server:
/// a JSON Web Encryption (RFC 7516) with A256CBC-HS512 (RFC 7518, 5.2.5) under a shared key of 64 bytes.
/// </summary>
internal sealed class PolicyHeader(TimeProvider time)
{
    public const string Name = "X-DrmHub-Policy";

    private const int MaxLength = 64 * 1024;
    private const int TagSize = 32;
    private const int MaxSeen = 10_000;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        MaxDepth = 6,
    };

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _seen = [];

    /// <param name="keys">By key id.</param>
    /// <param name="body">The challenge as it came.</param>
    /// <param name="challengeKeyIds">Key ids that the challenge names.</param>
    /// <exception cref="SandboxException">The header is not authentic, not for this challenge, expired, used, or says what is not known.</exception>
    public IReadOnlyList<PlayReadyPolicy> Open(string? header, IReadOnlyDictionary<string, byte[]> keys, ReadOnlySpan<byte> body, IReadOnlyList<KeyId> challengeKeyIds)
    {
        if (string.IsNullOrEmpty(header)) throw Wrong("it is missing");
        var policy = Parse<Policy>(Decrypt(header, keys));
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        if (policy.Version != 1) throw Wrong("its version is unknown");
        if (policy.Expires <= now) throw Wrong("it has expired");
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(policy.Challenge), Encoding.ASCII.GetBytes(Convert.ToBase64String(SHA256.HashData(body))))) throw Wrong("it is for another challenge");
        if (!IsFirst(policy.Id, policy.Expires, now)) throw Wrong("it was used before");
        var policies = policy.Licenses.Select(Read).Where(item => challengeKeyIds.Contains(item.KeyId)).ToList();
        return policies.Count > 0 ? policies : throw Wrong("it has no licence for a key id of the challenge");
    }

    private static byte[] Decrypt(string header, IReadOnlyDictionary<string, byte[]> keys)
    {
        if (header.Length > MaxLength) throw Wrong("it is too long");
        var parts = header.Split('.');
        if (parts is not [var head, "", var iv64, var text64, var tag64]) throw Wrong("it has not the five parts of a compact JWE without a key");
        var jose = Parse<Jose>(FromBase64Url(head));
        if (jose is not { Alg: "dir", Enc: "A256CBC-HS512" } || jose.Kid is null || !keys.TryGetValue(jose.Kid, out var key)) throw Wrong("its algorithm or its key is unknown");
        var (iv, text, tag) = (FromBase64Url(iv64), FromBase64Url(text64), FromBase64Url(tag64));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, head.Length * 8L);
        var code = HMACSHA512.HashData(key.AsSpan(0, TagSize), [.. Encoding.ASCII.GetBytes(head), .. iv, .. text, .. length]);
        if (!CryptographicOperations.FixedTimeEquals(code.AsSpan(0, TagSize), tag)) throw Wrong("its signature does not fit");
        try
        {
            using var aes = Aes.Create();
            aes.SetKey(key.AsSpan(TagSize));
            return aes.DecryptCbc(text, iv);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Wrong("it cannot be decrypted");
        }
    }

    private bool IsFirst(string id, long expires, long now)
    {
        lock (_gate)
        {
            if (_seen.Count >= MaxSeen)
                foreach (var old in _seen.Where(item => item.Value <= now).Select(item => item.Key).ToList()) _seen.Remove(old);
            return _seen.Count < MaxSeen && _seen.TryAdd(id, expires);
        }
    }

    private static PlayReadyPolicy Read(License license)
    {
        if (!KeyId.TryParse(license.Kid, out var keyId)) throw Wrong("a kid is no GUID");
        if (license.Key.Length != ContentKey.Size) throw Wrong("a key has not 16 bytes");
        if (license.Algorithm is not ("AESCTR" or "AESCBC")) throw Wrong("an algorithm is unknown");
        if (license.MinimumSecurityLevel is not (150 or 2000 or 3000)) throw Wrong("a minimum security level is unknown");
        if (license.End <= license.Begin || license.Begin < 0 || license.End > uint.MaxValue) throw Wrong("the dates of a licence do not fit");
        return new PlayReadyPolicy
        {
            KeyId = keyId,
            Key = license.Key,
            ContentKeyType = license.Algorithm == "AESCTR" ? "aes128bitctr" : "aes128bitcbc",
            Rules = new PlayReadyRules
            {
                MinimumLevel = license.MinimumSecurityLevel,
                Persist = license.Persistent,
                BeginMs = license.Begin * 1000,
                EndMs = license.End * 1000,
                FirstPlaySeconds = license.FirstPlaySeconds,
                UncompressedVideo = license.UncompressedDigitalVideo ?? 0,
                HdcpType1 = license.HdcpType1 ?? false,
            },
        };
    }

    private static T Parse<T>(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Json) ?? throw new JsonException();
        }
        catch (JsonException exception)
        {
            throw Wrong($"it is not of the right form at {exception.Path ?? "$"}");
        }
    }

    private static byte[] FromBase64Url(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            throw Wrong("a part is no base64url");
        }
    }

    private static SandboxException Wrong(string what) => new(SandboxFailure.Policy, $"The policy header is wrong: {what}.", "0x8004c600");

    private sealed record Jose(string Alg, string Enc, string? Kid = null, string? Typ = null);

    private sealed record Policy(int Version, string Id, long Issued, long Expires, string Challenge, IReadOnlyList<License> Licenses, string? Content = null);

    private sealed record License(
        string Kid,
        byte[] Key,
        string Algorithm,
        int MinimumSecurityLevel,
        bool Persistent,
        long Begin,
        long End,
        long? FirstPlaySeconds = null,
        int? UncompressedDigitalVideo = null,
        bool? HdcpType1 = null);
}
