using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.WidevineKeys;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// Who may ask for keys over CPIX and SPEKE: a packager by one of its credentials, or a bearer token with the role
/// <c>keys.request</c>; in Development also anybody on this machine, whatever Authorization header their packager insists on, as
/// long as nobody has a credential of that kind.
/// </summary>
internal sealed class PackagerDoor(IOptions<KeyServiceOptions> options, PackagerStore packagers, PackagerRates rates, AwsGate aws, DigestGate digest, TimeProvider time)
{
    private const string Role = "keys.request";
    private const string Bearer = "bearer";

    private static readonly byte[] s_decoy = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    /// <exception cref="PackagerRefusedException">401 or 403, or 429 above the packager's rate.</exception>
    /// <exception cref="DrmHub.Vault.Storage.StorageException">The credentials cannot be read.</exception>
    public async ValueTask<AdmittedPackager> AdmitAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!RequestCredential.TryRead(http.Request.Headers, out var credential))
            throw Refuse(http, PackagerCodes.Ambiguous, "A request carries one credential, in one header, of at most 8192 characters.");

        // A token of an identity provider needs no list of ours.
        if (credential.Scheme == Bearer && !credential.Value.StartsWith(PackagerSecrets.ApiKeyPrefix, StringComparison.Ordinal)) return AdmitToken(http);
        var directory = await packagers.GetAsync(cancellationToken);
        return credential.Scheme switch
        {
            RequestCredential.ApiKey when IsIgnored(http, directory, CredentialKind.ApiKey) => Loopback,
            RequestCredential.ApiKey or Bearer => await AdmitApiKeyAsync(http, directory, credential.Value, cancellationToken),
            "basic" when IsIgnored(http, directory, CredentialKind.Basic) => Loopback,
            "basic" => await AdmitBasicAsync(http, directory, credential.Value, cancellationToken),
            AwsAuthorization.Scheme when !IsIgnored(http, directory, CredentialKind.Aws) => await AdmitAwsAsync(http, directory, credential.Value, cancellationToken),
            "digest" when digest.IsOn && !IsIgnored(http, directory, CredentialKind.Digest) => await AdmitDigestAsync(http, directory, credential.Value, cancellationToken),
            "" when http.Connection.ClientCertificate is { } certificate && directory.Uses(CredentialKind.Certificate) => await AdmitCertificateAsync(http, directory, certificate, cancellationToken),
            _ when AllowsUnsigned(http) => Loopback,
            "" => throw Refuse(http, ReasonCodes.TokenMissing, $"A credential is needed: an API key, or Authorization: Bearer with a token that has the role {Role}.", directory),
            _ => throw Refuse(http, PackagerCodes.Invalid, "The Authorization header is of a scheme that is not accepted here.", directory),
        };
    }

    /// <summary>The packager whose signer signed a message of the Widevine API.</summary>
    /// <returns>Null where the signer is unknown, its signature does not fit, or its packager is revoked: they look the same from outside.</returns>
    /// <exception cref="PackagerRefusedException">429 above the packager's rate.</exception>
    public async ValueTask<AdmittedPackager?> AdmitSignerAsync(string? name, byte[] message, byte[]? signature, CancellationToken cancellationToken)
    {
        if (name is null || signature is null) return null;
        if (options.Value.Signers.FirstOrDefault(candidate => candidate.Name == name) is { } configured)
            return configured.Verify(message, signature) ? new AdmittedPackager(name, null) : null;

        var now = time.GetUtcNow();
        var directory = await packagers.GetAsync(cancellationToken);
        PackagerCredential? match = null;
        foreach (var candidate in directory.Find(CredentialKind.Signer, name, now).Concat(directory.Find(CredentialKind.RsaSigner, name, now)))
        {
            if (PackagerSigner.Of(candidate).Verify(message, signature)) match = candidate;
        }

        if (match is null) PackagerSigner.Decoy.Verify(message, signature);
        return match is null || match.Packager.RevokedAt is not null ? null : await AdmitAsync(match.Packager, cancellationToken);
    }

    /// <summary>Development only: whoever is on this machine.</summary>
    public bool AllowsUnsigned(HttpContext http) =>
        options.Value.AllowUnsignedFromLoopback && http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);

    private static AdmittedPackager Loopback => new("loopback", null);

    private bool IsIgnored(HttpContext http, PackagerDirectory directory, CredentialKind kind) => !directory.Uses(kind) && AllowsUnsigned(http);

    private AdmittedPackager AdmitToken(HttpContext http)
    {
        var user = http.User;
        if (user.Identity is not { IsAuthenticated: true }) throw Refuse(http, ReasonCodes.TokenInvalid, "The token is not valid here.");
        return user.IsInRole(Role)
            ? new AdmittedPackager(user.Identity.Name ?? "unnamed", null)
            : throw new PackagerRefusedException(new PackagerRefusal(StatusCodes.Status403Forbidden, PackagerCodes.RoleMissing, $"The token is valid but has no role {Role}.") { Packager = user.Identity.Name });
    }

    private ValueTask<AdmittedPackager> AdmitApiKeyAsync(HttpContext http, PackagerDirectory directory, string key, CancellationToken cancellationToken)
    {
        var known = PackagerSecrets.TrySplitApiKey(key, out var identifier, out var secret);
        var match = Match(known ? directory.Find(CredentialKind.ApiKey, identifier, time.GetUtcNow()) : [], PackagerSecrets.Hash(secret));
        return AdmitAsync(http, directory, match, cancellationToken);
    }

    private ValueTask<AdmittedPackager> AdmitBasicAsync(HttpContext http, PackagerDirectory directory, string value, CancellationToken cancellationToken)
    {
        if (!http.Request.IsHttps && !AllowsUnsigned(http)) throw Refuse(http, PackagerCodes.Insecure, "A password is accepted over TLS only. This one has been on the wire in the clear: have it rotated.", directory);
        var known = BasicCredentials.TryParse(value, out var user, out var password);
        return AdmitAsync(http, directory, Match(known ? directory.Find(CredentialKind.Basic, user, time.GetUtcNow()) : [], PackagerSecrets.Hash(password)), cancellationToken);
    }

    /// <summary>A signature that does not fit is 403, as signers of AWS expect.</summary>
    private async ValueTask<AdmittedPackager> AdmitAwsAsync(HttpContext http, PackagerDirectory directory, string value, CancellationToken cancellationToken)
    {
        var (match, isReplay) = await aws.CheckAsync(http, directory, value, cancellationToken);
        if (isReplay) throw new PackagerRefusedException(new PackagerRefusal(StatusCodes.Status403Forbidden, PackagerCodes.Replayed, "This signature was used before: sign each request anew.") { Packager = match!.Packager.Name });
        try
        {
            return await AdmitAsync(http, directory, match, cancellationToken);
        }
        catch (PackagerRefusedException refused) when (refused.Refusal.Status == StatusCodes.Status401Unauthorized)
        {
            throw new PackagerRefusedException(refused.Refusal with { Status = StatusCodes.Status403Forbidden, Challenges = [] });
        }
    }

    private async ValueTask<AdmittedPackager> AdmitDigestAsync(HttpContext http, PackagerDirectory directory, string value, CancellationToken cancellationToken)
    {
        var (match, isStale) = await digest.CheckAsync(http, directory, value, cancellationToken);
        if (!isStale) return await AdmitAsync(http, directory, match, cancellationToken);
        var refusal = Refuse(http, PackagerCodes.Replayed, "The nonce is too old, or was used before: answer the new one.", directory).Refusal;
        throw new PackagerRefusedException(refusal with { Packager = match!.Packager.Name, Challenges = ["Bearer", .. digest.Challenges(isStale: true)] });
    }

    /// <summary>TLS has proved that the caller holds the private key; whose it is, the hash of the public key says, and no authority.</summary>
    private ValueTask<AdmittedPackager> AdmitCertificateAsync(HttpContext http, PackagerDirectory directory, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var pin = Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        var isValidNow = now >= certificate.NotBefore.ToUniversalTime() && now <= certificate.NotAfter.ToUniversalTime();
        return AdmitAsync(http, directory, isValidNow && directory.Find(CredentialKind.Certificate, pin, now) is [var match, ..] ? match : null, cancellationToken);
    }

    /// <summary>The same work for a name that is unknown.</summary>
    private static PackagerCredential? Match(IReadOnlyList<PackagerCredential> candidates, ReadOnlySpan<byte> hash)
    {
        PackagerCredential? match = null;
        foreach (var candidate in candidates)
        {
            if (CryptographicOperations.FixedTimeEquals(candidate.Kept, hash)) match = candidate;
        }

        if (candidates.Count == 0) CryptographicOperations.FixedTimeEquals(s_decoy, hash);
        return match;
    }

    private async ValueTask<AdmittedPackager> AdmitAsync(HttpContext http, PackagerDirectory directory, PackagerCredential? match, CancellationToken cancellationToken)
    {
        const string Detail = "The credential is not accepted here.";
        if (match is null) throw Refuse(http, PackagerCodes.Invalid, Detail, directory);
        if (match.Packager.RevokedAt is not null) throw new PackagerRefusedException(Refuse(http, PackagerCodes.Invalid, Detail, directory).Refusal with { AuditCode = PackagerCodes.Revoked, Packager = match.Packager.Name });
        return await AdmitAsync(match.Packager, cancellationToken);
    }

    private async ValueTask<AdmittedPackager> AdmitAsync(Packager packager, CancellationToken cancellationToken)
    {
        if (await rates.TakeAsync(packager, cancellationToken) is var wait and > 0)
            throw new PackagerRefusedException(new PackagerRefusal(StatusCodes.Status429TooManyRequests, ReasonCodes.RateLimited, "This packager asks more often than it may.") { Packager = packager.Name, RetryAfter = wait });
        return new AdmittedPackager(packager.Name, packager);
    }

    private PackagerRefusedException Refuse(HttpContext http, string code, string detail, PackagerDirectory? directory = null)
    {
        var challenges = new List<string> { "Bearer" };
        if (http.Request.IsHttps && directory?.Uses(CredentialKind.Basic) == true) challenges.Add($"Basic realm=\"{PackagerSecrets.DigestRealm}\", charset=\"UTF-8\"");
        if (digest.IsOn) challenges.AddRange(digest.Challenges(isStale: false));
        return new PackagerRefusedException(new PackagerRefusal(StatusCodes.Status401Unauthorized, code, detail) { Challenges = challenges });
    }
}
