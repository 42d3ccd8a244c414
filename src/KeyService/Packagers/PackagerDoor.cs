using System.Net;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// Who may ask for keys over CPIX and SPEKE: a bearer token with the role <c>keys.request</c>; in Development also anybody on this
/// machine, whatever Authorization header of another scheme their packager insists on.
/// </summary>
internal sealed class PackagerDoor(IOptions<KeyServiceOptions> options)
{
    private const string Role = "keys.request";

    /// <returns>The principal's name for the audit log, or the refusal: status, code and a sentence.</returns>
    public (string? Packager, PackagerRefusal? Refusal) Admit(HttpContext http)
    {
        var user = http.User;
        if (user.Identity is { IsAuthenticated: true })
            return user.IsInRole(Role) ? (user.Identity.Name ?? "unnamed", null) : (null, new PackagerRefusal(StatusCodes.Status403Forbidden, "role.missing", $"The token is valid but has no role {Role}."));

        var bearer = http.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);
        if (!bearer && options.Value.AllowUnsignedFromLoopback && http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)) return ("loopback", null);
        return (null, bearer
            ? new PackagerRefusal(StatusCodes.Status401Unauthorized, ReasonCodes.TokenInvalid, "The token is not valid here.")
            : new PackagerRefusal(StatusCodes.Status401Unauthorized, ReasonCodes.TokenMissing, $"A token with the role {Role} is needed: Authorization: Bearer <token>."));
    }
}

/// <summary>Why a packager was not admitted.</summary>
internal sealed record PackagerRefusal(int Status, string Code, string Detail);
