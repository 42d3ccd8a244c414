namespace DrmHub.Vault.Keys.Packagers;

/// <summary>How a packager proves who it is.</summary>
public enum CredentialKind
{
    /// <summary>An opaque key in a header. Kept: SHA-256 of its secret part.</summary>
    ApiKey,

    /// <summary>Name and password (RFC 7617). Kept: SHA-256 of the password, which is 256 random bits.</summary>
    Basic,

    /// <summary>A TLS client certificate, by SHA-256 of its public key. Kept: nothing else.</summary>
    Certificate,

    /// <summary>AWS Signature Version 4. Kept: the secret access key.</summary>
    Aws,

    /// <summary>HTTP Digest (RFC 7616). Kept: HA1 with SHA-256 (32 bytes), then HA1 with MD5 (16).</summary>
    Digest,

    /// <summary>AES signer of the Widevine API. Kept: the key (32 bytes), then the IV (16).</summary>
    Signer,

    /// <summary>RSA signer of the Widevine API. Kept: the SubjectPublicKeyInfo in DER.</summary>
    RsaSigner,
}

/// <summary>The names of the kinds, in the database and on the command line.</summary>
public static class CredentialKinds
{
    private static readonly Dictionary<string, CredentialKind> s_byName = Enum.GetValues<CredentialKind>().ToDictionary(kind => kind.ToName(), StringComparer.Ordinal);

    public static string ToName(this CredentialKind kind) => kind switch
    {
        CredentialKind.ApiKey => "api-key",
        CredentialKind.Basic => "basic",
        CredentialKind.Certificate => "certificate",
        CredentialKind.Aws => "aws",
        CredentialKind.Digest => "digest",
        CredentialKind.Signer => "signer",
        CredentialKind.RsaSigner => "rsa-signer",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static bool TryParse(string? name, out CredentialKind kind)
    {
        kind = default;
        return name is not null && s_byName.TryGetValue(name, out kind);
    }
}

/// <summary>A credential as the store holds it, opened.</summary>
public sealed class PackagerCredential
{
    private readonly byte[] _kept;

    internal PackagerCredential(Packager packager, CredentialKind kind, string identifier, byte[] kept, DateTimeOffset createdAt, DateTimeOffset? expiresAt)
    {
        Packager = packager;
        Kind = kind;
        Identifier = identifier;
        CreatedAt = createdAt;
        ExpiresAt = expiresAt;
        _kept = kept;
    }

    public Packager Packager { get; }

    public CredentialKind Kind { get; }

    /// <summary>What a request names it by: the prefix of an API key, a user name, an access key id, the hash of a public key.</summary>
    public string Identifier { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>When it ends, where another takes its place; null for no end.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>What <see cref="CredentialKind"/> says is kept. Never shown, never logged.</summary>
    public ReadOnlySpan<byte> Kept => _kept;

    public override string ToString() => $"{Kind.ToName()} of {Packager.Name}";
}

/// <summary>A new credential, at the one moment when its secret is known.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Identifier">Goes with the secret: the user name, access key id, signer; of an API key, the part that finds it.</param>
/// <param name="Secret">What to hand to the packager; null where it brought the public half itself.</param>
public sealed record IssuedCredential(CredentialKind Kind, string Identifier, string? Secret)
{
    public override string ToString() => $"{Kind.ToName()} {Identifier}";
}
