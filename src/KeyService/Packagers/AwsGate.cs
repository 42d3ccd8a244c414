using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// Checks requests that are signed with AWS Signature Version 4 and an access key that was issued here. Temporary credentials of
/// AWS's own services cannot be checked by anybody but AWS.
/// </summary>
internal sealed class AwsGate(IOptions<KeyServiceOptions> options, ISharedState shared, TimeProvider time)
{
    private const string DateHeader = "x-amz-date";
    private const string HashHeader = "x-amz-content-sha256";

    private static readonly byte[] s_decoy = RandomNumberGenerator.GetBytes(43);

    /// <summary>Dates count whole seconds, so that two honest requests for the same keys may have the same signature.</summary>
    private static readonly TimeSpan s_sameSecond = TimeSpan.FromSeconds(2);

    private readonly ReplayWindow<UInt128> _seen = new(time, 1_000_000);

    /// <param name="http">Its body is read, and can be read again afterwards.</param>
    /// <param name="directory">Who has which access key.</param>
    /// <param name="value">The Authorization header after its scheme.</param>
    /// <param name="cancellationToken">Ends the reading of the body.</param>
    /// <returns>The credential, and whether this very signature was seen before; null where anything is wrong.</returns>
    public async ValueTask<(PackagerCredential? Match, bool IsReplay)> CheckAsync(HttpContext http, PackagerDirectory directory, string value, CancellationToken cancellationToken)
    {
        var headers = http.Request.Headers;
        var now = time.GetUtcNow();
        if (!AwsAuthorization.TryParse(value, out var authorization)) return default;
        if (authorization!.Region != options.Value.AwsRegion || authorization.Service != options.Value.AwsService) return default;
        var timestamp = headers[DateHeader].ToString();
        if (!DateTimeOffset.TryParseExact(timestamp, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            || (now - at).Duration() > options.Value.AwsClockSkew
            || !timestamp.StartsWith(authorization.Date, StringComparison.Ordinal)) return default;
        if (!SignsEnough(authorization, headers)) return default;
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/')) return default;

        var body = await PackagerHttp.ReadBodyAsync(http.Request, cancellationToken);
        if (body is null) return default;
        http.Request.Body = new MemoryStream(body, writable: false);
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        if (headers.TryGetValue(HashHeader, out var claimed) && claimed.ToString() != hash) return default; // UNSIGNED-PAYLOAD and STREAMING-… too.
        if (AwsSignature.Canonical(http.Request.Method, target, name => headers[name], authorization.SignedHeaders, hash) is not { } canonical) return default;

        var given = System.Text.Encoding.ASCII.GetBytes(authorization.Signature);
        PackagerCredential? match = null;
        var candidates = directory.Find(CredentialKind.Aws, authorization.AccessKeyId, now);
        foreach (var candidate in candidates)
            if (CryptographicOperations.FixedTimeEquals(AwsSignature.Sign(candidate.Kept, authorization, timestamp, canonical), given)) match = candidate;
        if (candidates.Count == 0) CryptographicOperations.FixedTimeEquals(AwsSignature.Sign(s_decoy, authorization, timestamp, canonical), given);
        if (match is null) return default;

        return (match, !await IsNewAsync(authorization.Signature, cancellationToken));
    }

    /// <summary>A signature can come from one end of the clock's tolerance to the other. This node remembers, and tells the others.</summary>
    private async ValueTask<bool> IsNewAsync(string signature, CancellationToken cancellationToken)
    {
        var span = options.Value.AwsClockSkew * 2;
        var sighting = _seen.See(BinaryPrimitives.ReadUInt128BigEndian(Convert.FromHexString(signature)), span, s_sameSecond);
        if (sighting != Sighting.First) return sighting == Sighting.JustNow;
        var answer = await shared.UseTokenAsync("packager-aws:" + signature, span, cancellationToken);
        return answer.IsGranted || answer.IsDegraded;
    }

    /// <summary>The host, the date, and every header of Amazon's. The content type says nothing here, and common clients leave it out.</summary>
    private static bool SignsEnough(AwsAuthorization authorization, IHeaderDictionary headers)
    {
        var signed = authorization.SignedHeaders.ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (!signed.Contains("host") || !signed.Contains(DateHeader)) return false;
        return headers.Keys.All(name => signed.Contains(name) || !name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase));
    }
}
