using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// HTTP Digest (RFC 7616) with <c>qop=auth</c>, for encoders of SPEKE v1 that can do nothing else. A nonce is 8 bytes of time, 8 random
/// bytes and their HMAC under a key of the hub, so that every node knows its own and the others' without a store.
/// </summary>
internal sealed class DigestGate(IOptions<KeyServiceOptions> options, PackagerStore packagers, ISharedState shared, TimeProvider time)
{
    private const int NonceHead = 16;
    private const int NonceSize = NonceHead + HMACSHA256.HashSizeInBytes;
    private const int MaxClientNonce = 512;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromSeconds(60);
    private static readonly byte[] s_decoy = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes + MD5.HashSizeInBytes);

    private readonly ReplayWindow<UInt128> _seen = new(time, 200_000);

    public bool IsOn => options.Value.DigestAlgorithms.Count > 0;

    /// <summary>One offer for each algorithm, the better first, all with the same nonce.</summary>
    /// <param name="isStale">The answer was right, but its nonce is too old or was used: the client asks again without its user.</param>
    public IEnumerable<string> Challenges(bool isStale)
    {
        var nonce = NewNonce();
        return options.Value.DigestAlgorithms.Order().Select(algorithm =>
            $"Digest realm=\"{PackagerSecrets.DigestRealm}\", qop=\"auth\", algorithm={NameOf(algorithm)}, nonce=\"{nonce}\", charset=UTF-8{(isStale ? ", stale=true" : "")}");
    }

    /// <returns>The credential, and whether its nonce is stale; null where anything is wrong.</returns>
    public async ValueTask<(PackagerCredential? Match, bool IsStale)> CheckAsync(HttpContext http, PackagerDirectory directory, string value, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (DigestAnswer.Parse(value) is not { } answer || Algorithm(answer) is not { } algorithm) return default;
        if (!answer["qop"].Equals("auth", StringComparison.OrdinalIgnoreCase) || answer["realm"] != PackagerSecrets.DigestRealm || answer.Has("username*")) return default;
        if (answer["userhash"].Equals("true", StringComparison.OrdinalIgnoreCase)) return default;
        if (answer["cnonce"].Length is 0 or > MaxClientNonce || answer["nc"].Length != 8 || !uint.TryParse(answer["nc"], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var count)) return default;
        if (answer["uri"] != http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget) return default;
        if (Open(answer["nonce"]) is not { } nonce) return default;

        var given = Encoding.UTF8.GetBytes(answer["response"].ToLowerInvariant());
        PackagerCredential? match = null;
        var candidates = directory.Find(CredentialKind.Digest, answer["username"], now);
        foreach (var candidate in candidates)
            if (CryptographicOperations.FixedTimeEquals(Expected(candidate.Kept, algorithm, http.Request.Method, answer), given)) match = candidate;
        if (candidates.Count == 0) CryptographicOperations.FixedTimeEquals(Expected(s_decoy, algorithm, http.Request.Method, answer), given);
        if (match is null) return default;
        if ((now - nonce.At).Duration() > s_lifetime || !_seen.TryRaise(nonce.Random, count, s_lifetime * 2)) return (match, true);

        // Another node may have seen this very count.
        var used = await shared.UseTokenAsync(string.Create(CultureInfo.InvariantCulture, $"packager-digest:{answer["nonce"]}:{count}"), s_lifetime * 2, cancellationToken);
        return (match, !used.IsGranted && !used.IsDegraded);
    }

    private string NewNonce()
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        BinaryPrimitives.WriteInt64BigEndian(nonce, time.GetUtcNow().ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(nonce[8..NonceHead]);
        packagers.Authenticate(nonce[..NonceHead], nonce[NonceHead..]);
        return Convert.ToBase64String(nonce);
    }

    private (DateTimeOffset At, UInt128 Random)? Open(string text)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        if (text.Length != NonceSize / 3 * 4 || !Convert.TryFromBase64String(text, nonce, out var length) || length != NonceSize) return null;
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        packagers.Authenticate(nonce[..NonceHead], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, nonce[NonceHead..])) return null;
        return (DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(nonce)), BinaryPrimitives.ReadUInt128BigEndian(nonce));
    }

    private DigestAlgorithm? Algorithm(DigestAnswer answer)
    {
        DigestAlgorithm? algorithm = answer["algorithm"].ToUpperInvariant() switch
        {
            "SHA-256" => DigestAlgorithm.Sha256,
            "" or "MD5" => DigestAlgorithm.Md5,
            _ => null,
        };
        return algorithm is { } known && options.Value.DigestAlgorithms.Contains(known) ? known : null;
    }

    private static byte[] Expected(ReadOnlySpan<byte> kept, DigestAlgorithm algorithm, string method, DigestAnswer answer)
    {
        var ha1 = Convert.ToHexStringLower(algorithm == DigestAlgorithm.Sha256 ? kept[..SHA256.HashSizeInBytes] : kept[SHA256.HashSizeInBytes..]);
        return Hash(algorithm, $"{ha1}:{answer["nonce"]}:{answer["nc"]}:{answer["cnonce"]}:{answer["qop"]}:{Encoding.ASCII.GetString(Hash(algorithm, $"{method}:{answer["uri"]}"))}");
    }

    private static byte[] Hash(DigestAlgorithm algorithm, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(algorithm == DigestAlgorithm.Sha256 ? SHA256.HashData(bytes) : MD5.HashData(bytes)));
    }

    private static string NameOf(DigestAlgorithm algorithm) => algorithm == DigestAlgorithm.Sha256 ? "SHA-256" : "MD5";
}

/// <summary>Hashes of HTTP Digest, the better first.</summary>
public enum DigestAlgorithm
{
    Sha256,

    /// <summary>For encoders that know no other. Not there on systems in FIPS mode.</summary>
    Md5,
}
