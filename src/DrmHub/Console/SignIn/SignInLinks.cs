using System.Security.Cryptography;
using System.Text;
using DrmHub.Host.Tokens;
using DrmHub.Vault.Storage.Shared;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Host.Pages.SignIn;

/// <summary>Who a link lets in.</summary>
/// <param name="Id">The link's own id, for using it up.</param>
internal sealed record SignInLink(string Id, string Name, IReadOnlyList<string> Roles, DateTimeOffset Expires);

/// <summary>
/// The printed link of a development hub: a token of an audience of its own, good once and for a few minutes. Looking at the
/// page behind it does not use it up (browsers and chat programs fetch links ahead); its button does.
/// </summary>
internal sealed class SignInLinks(LocalTokenKey key, ISharedState shared, TimeProvider time)
{
    private const int MaxLength = 4096;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };

    /// <returns>Null where the link is not one of this hub's, or has ended.</returns>
    public async Task<SignInLink?> ReadAsync(string? code)
    {
        if (string.IsNullOrEmpty(code) || code.Length > MaxLength) return null;
        var result = await _handler.ValidateTokenAsync(code, new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKey = key.Key,
            ValidIssuer = TokenIssuer.Issuer,
            ValidAudience = TokenIssuer.ConsoleAudience,
            ValidateLifetime = false,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken { Id.Length: > 0, Subject.Length: > 0 } jwt) return null;
        if (!jwt.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Exp, out var expires) || expires is < 0 or > 253_402_300_799) return null;
        var end = DateTimeOffset.FromUnixTimeSeconds(expires);
        return end <= time.GetUtcNow() ? null : new SignInLink(jwt.Id, jwt.Subject, [.. jwt.Claims.Where(claim => claim.Type == "roles").Select(claim => claim.Value)], end);
    }

    /// <returns>False where it was used before.</returns>
    public async Task<bool> UseAsync(SignInLink link, CancellationToken cancellationToken)
    {
        var id = "console:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(link.Id)));
        var answer = await shared.UseTokenAsync(id, link.Expires - time.GetUtcNow() + TimeSpan.FromSeconds(1), cancellationToken);
        return answer is { IsGranted: true, IsDegraded: false };
    }
}
