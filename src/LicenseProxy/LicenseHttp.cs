using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace DrmHub.LicenseProxy;

/// <summary>What the licence routes share on the HTTP side.</summary>
internal static class LicenseHttp
{
    public const string CorsPolicy = "players";

    /// <summary>Bytes; real challenges have 2 to 20 kB.</summary>
    public const int MaxChallenge = 256 * 1024;

    /// <summary>Names of the granted track types, so that a player or a person can see what it got.</summary>
    public const string GrantedHeader = "X-DrmHub-Granted";

    /// <summary>Names of the withheld track types, each with its reason code.</summary>
    public const string WithheldHeader = "X-DrmHub-Withheld";

    /// <summary>What the gate needs to know of the request.</summary>
    public static LicenseCaller CallerOf(HttpContext http) => new(BearerToken(http.Request), http.TraceIdentifier)
    {
        Address = http.Connection.RemoteIpAddress,
    };

    /// <exception cref="ChallengeException">The body is longer than <see cref="MaxChallenge"/>.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadChallengeAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(buffer, cancellationToken);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ChallengeException(ReasonCodes.ChallengeMalformed, $"The challenge has more than {MaxChallenge} bytes.");
        }

        return buffer.ToArray();
    }

    /// <summary>As <see cref="ReadChallengeAsync"/>, for routes that must look at the body before the gate does.</summary>
    /// <returns>Null where it is too long.</returns>
    public static async ValueTask<ReadOnlyMemory<byte>?> TryReadChallengeAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadChallengeAsync(request, cancellationToken);
        }
        catch (ChallengeException)
        {
            return null;
        }
    }

    /// <summary>Headers that every licence route sends, whatever its body says.</summary>
    public static void Explain(HttpResponse response, LicenseOutcome outcome)
    {
        response.Headers.CacheControl = "no-store";
        if (outcome.Refusal is { } refusal)
        {
            if (refusal.RetryAfter is { } after) response.Headers.RetryAfter = ((long)Math.Ceiling(after.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return;
        }

        response.Headers[GrantedHeader] = string.Join(", ", outcome.Decisions.Where(key => key.Granted).Select(NameOf).Distinct());
        var withheld = string.Join(", ", outcome.Decisions.Where(key => !key.Granted).Select(key => $"{NameOf(key)};reason={key.Reason}").Distinct());
        if (withheld.Length > 0) response.Headers[WithheldHeader] = withheld;
    }

    /// <summary>The licence, or the refusal as a problem document; for systems whose players read one.</summary>
    public static IResult ToResult(HttpContext http, LicenseOutcome outcome)
    {
        Explain(http.Response, outcome);
        return outcome.Refusal is { } refusal ? Problem(http, refusal) : TypedResults.Bytes(outcome.Answer!.Body, outcome.Answer.ContentType);
    }

    public static ProblemHttpResult Problem(HttpContext http, Refusal refusal)
    {
        if (refusal.Status == StatusCodes.Status401Unauthorized) http.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return TypedResults.Problem(
            refusal.Detail,
            statusCode: refusal.Status,
            extensions: new Dictionary<string, object?> { ["code"] = refusal.Reason, ["advice"] = refusal.Advice, ["requestId"] = http.TraceIdentifier });
    }

    private static string? BearerToken(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
    }

    private static string NameOf(KeyDecision key) => key.Track?.ToName() ?? "OTHER";
}
