using System.Buffers;
using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
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

    /// <summary>The playback's name, for heartbeats; only where a stream is counted.</summary>
    public const string SessionHeader = "X-DrmHub-Session";

    /// <summary>Seconds between two heartbeats.</summary>
    public const string HeartbeatHeader = "X-DrmHub-Heartbeat";

    /// <summary>Seconds after which the licence should be asked for again; only where the deal says so.</summary>
    public const string RenewHeader = "X-DrmHub-Renew";

    /// <summary>Until when the licence is valid, in seconds from now; for players of systems that cannot say it in the licence.</summary>
    public const string ValidHeader = "X-DrmHub-Valid";

    /// <summary>Headers that a page of another origin may read.</summary>
    public static readonly string[] Exposed = [GrantedHeader, WithheldHeader, SessionHeader, HeartbeatHeader, RenewHeader, ValidHeader, HeaderNames.RetryAfter];

    /// <summary>What the gate needs to know of the request.</summary>
    public static LicenseCaller CallerOf(HttpContext http)
    {
        var options = http.RequestServices.GetRequiredService<IOptions<LicenseProxyOptions>>().Value;
        var (address, country) = ClientAddress.Of(http, options);
        var token = BearerToken(http.Request);
        if (token is null && options.Tokens.InQuery && http.Request.Query.TryGetValue("token", out var query) && query.Count == 1) token = query[0];
        return new LicenseCaller(token, http.TraceIdentifier)
        {
            Address = address,
            Country = country,
            Session = http.Request.Headers[SessionHeader] is { Count: 1 } session ? session[0] : null,
            RetryKey = http.Request.Headers["Idempotency-Key"] is { Count: 1 } retry && retry[0] is { Length: > 0 and <= 128 } key ? key : null,
        };
    }

    /// <exception cref="ChallengeException">The body is longer than <see cref="MaxChallenge"/>.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadChallengeAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellationToken);
                if (!read.IsCompleted)
                {
                    request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                var challenge = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return challenge;
            }
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ChallengeException(ReasonCodes.ChallengeMalformed, $"The challenge has more than {MaxChallenge} bytes.");
        }
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
            if (refusal.RetryAfter is { } after) response.Headers.RetryAfter = Seconds(after);
            return;
        }

        var (granted, withheld) = Names(outcome.Decisions);
        if (granted.Length > 0) response.Headers[GrantedHeader] = granted;
        if (withheld.Length > 0) response.Headers[WithheldHeader] = withheld;
        if (outcome.Terms is { } terms)
        {
            response.Headers[ValidHeader] = terms.LicenseSeconds.ToString(CultureInfo.InvariantCulture);
            if (terms.RenewSeconds is { } renew) response.Headers[RenewHeader] = renew.ToString(CultureInfo.InvariantCulture);
        }

        if (outcome.SessionId is not { } session) return;
        response.Headers[SessionHeader] = session;
        response.Headers[HeartbeatHeader] = Seconds(outcome.Heartbeat);
    }

    /// <summary>The licence, or the refusal as a problem document; for systems whose players read one.</summary>
    public static IResult ToResult(HttpContext http, LicenseOutcome outcome)
    {
        Explain(http.Response, outcome);
        return outcome.Refusal is { } refusal ? Problem(http, refusal) : new BytesResult(outcome.Answer!.Body, outcome.Answer.ContentType);
    }

    public static ProblemHttpResult Problem(HttpContext http, Refusal refusal)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (refusal.RetryAfter is { } after) http.Response.Headers.RetryAfter = Seconds(after);
        if (refusal.Status == StatusCodes.Status401Unauthorized) http.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return TypedResults.Problem(
            refusal.Detail,
            statusCode: refusal.Status,
            extensions: new Dictionary<string, object?> { ["code"] = refusal.Reason, ["advice"] = refusal.Advice, ["requestId"] = http.TraceIdentifier });
    }

    /// <summary>What follows <c>Authorization: Bearer</c>; null where there is none.</summary>
    public static string? BearerToken(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
    }

    private static (string Granted, string Withheld) Names(IReadOnlyList<KeyDecision> decisions)
    {
        var granted = "";
        var withheld = "";
        foreach (var key in decisions)
        {
            var name = key.Track?.ToName() ?? "OTHER";
            if (key.Granted) granted = With(granted, name);
            else withheld = With(withheld, $"{name};reason={key.Reason}");
        }

        return (granted, withheld);

        static string With(string list, string name) => list.Length == 0 ? name : list.Split(", ").Contains(name, StringComparer.Ordinal) ? list : $"{list}, {name}";
    }

    private static string Seconds(TimeSpan time) => ((long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
