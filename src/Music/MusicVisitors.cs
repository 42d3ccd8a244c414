using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace DrmHub.Music;

/// <summary>A player, as its token says.</summary>
/// <param name="Subscriber">Whose player.</param>
/// <param name="Country">ISO 3166-1 alpha-2, upper case.</param>
/// <param name="Device">The device, where the token names one.</param>
public sealed record MusicPlayer(string Subscriber, string? Country, string? Device);

/// <summary>What became of a player's token.</summary>
/// <param name="Player">Null where it was refused.</param>
/// <param name="Code">The reason code of the refusal.</param>
/// <param name="Detail">What to do about it.</param>
public sealed record MusicPlayerAnswer(MusicPlayer? Player, string? Code = null, string? Detail = null);

/// <summary>Who comes to the routes that players use: a player with its token, or an operator with a role.</summary>
internal sealed class MusicVisitors(IOptions<MusicOptions> options, IAuthorizationService authorization)
{
    /// <returns>The player, or the refusal (401).</returns>
    public async Task<(MusicPlayer? Player, ProblemHttpResult? Refusal)> PlayerAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var answer = options.Value.AuthenticatePlayer is { } authenticate
            ? await authenticate(http, cancellationToken)
            : new MusicPlayerAnswer(null, "token.missing", "This hub takes no player tokens.");
        if (answer.Player is not null) return (answer.Player, null);
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return (null, MusicHttp.Problem(http, StatusCodes.Status401Unauthorized, answer.Code ?? "token.invalid", answer.Detail ?? "A player token is needed."));
    }

    /// <returns>Both null where an operator with the role asks; the player; or the refusal.</returns>
    public async Task<(MusicPlayer? Player, ProblemHttpResult? Refusal)> AdmitAsync(HttpContext http, string role, CancellationToken cancellationToken)
    {
        var operatorToken = await http.AuthenticateAsync();
        if (operatorToken.Succeeded && (await authorization.AuthorizeAsync(operatorToken.Principal, role)).Succeeded)
        {
            http.User = operatorToken.Principal;
            return (null, null);
        }

        return await PlayerAsync(http, cancellationToken);
    }
}
