using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy;

/// <summary>The HTTP side of the licence routes, for routes of the host that ask the gate too.</summary>
public static class PlayerHttp
{
    /// <summary>Who asks: its token, address, country and session.</summary>
    public static LicenseCaller CallerOf(HttpContext http) => LicenseHttp.CallerOf(http);

    /// <summary>Sets the headers that every licence answer carries, and returns the refusal as a problem document; null where a licence is there.</summary>
    public static IResult? Explain(HttpContext http, LicenseOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(outcome);
        LicenseHttp.Explain(http.Response, outcome);
        return outcome.Refusal is { } refusal ? LicenseHttp.Problem(http, refusal) : null;
    }
}
