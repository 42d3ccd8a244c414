using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// Which algorithms a key may be used with. The key decides, never the token: an RSA public key cannot become an HMAC secret,
/// and <c>none</c> is in no list (RFC 8725, 3.1).
/// </summary>
public static class TokenAlgorithms
{
    /// <summary>ES256, RS256 and EdDSA.</summary>
    public static readonly IReadOnlyList<string> Default = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256, Ed25519SecurityKey.Algorithm];

    /// <summary>Everything that can be allowed.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        .. Default, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.HmacSha256,
    ];

    /// <summary>Those of <paramref name="allowed"/> that fit the kind of the key.</summary>
    public static IReadOnlyList<string> For(SecurityKey key, IReadOnlyList<string> allowed)
    {
        ArgumentNullException.ThrowIfNull(key);
        var fits = key switch
        {
            Ed25519SecurityKey => (Func<string, bool>)(algorithm => algorithm == Ed25519SecurityKey.Algorithm),
            RsaSecurityKey => algorithm => algorithm.StartsWith("RS", StringComparison.Ordinal) || algorithm.StartsWith("PS", StringComparison.Ordinal),
            ECDsaSecurityKey { KeySize: 256 } => algorithm => algorithm == SecurityAlgorithms.EcdsaSha256,
            ECDsaSecurityKey { KeySize: 384 } => algorithm => algorithm == SecurityAlgorithms.EcdsaSha384,
            SymmetricSecurityKey { KeySize: >= 256 } => algorithm => algorithm == SecurityAlgorithms.HmacSha256,
            _ => _ => false,
        };
        return [.. allowed.Where(fits)];
    }
}
