using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>Where the keys of an issuer come from: named here, or published by the issuer itself, or both.</summary>
public sealed record TokenKeyOptions
{
    /// <summary>The <c>iss</c> of every token. With discovery, the URL of the provider exactly as it writes it.</summary>
    public string Issuer { get; init; } = "drmhub";

    /// <summary>Keys that are configured.</summary>
    public IReadOnlyList<SecurityKey> Keys { get; init; } = [];

    /// <summary>Reads <c>{Issuer}/.well-known/openid-configuration</c> and the keys that it points to (OpenID Connect Discovery 1.0). Default false.</summary>
    public bool Discovery { get; init; }

    /// <summary>How old published keys may grow before they are read again, in the background. 5 min to 7 d, default 12 h.</summary>
    public TimeSpan RefreshEvery { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long after one reading, good or bad, a token with an unknown <c>kid</c> may cause another. 1 s to 1 h, default 30 s.</summary>
    public TimeSpan RefreshAtMostEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for the provider. 100 ms to 60 s, default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (string.IsNullOrEmpty(Issuer)) errors.Add("The issuer is empty.");
        if (Discovery && (!Uri.TryCreate(Issuer, UriKind.Absolute, out var url) || !IsSafe(url))) errors.Add("With discovery the issuer is an https URL (http on loopback).");
        if (RefreshEvery < TimeSpan.FromMinutes(5) || RefreshEvery > TimeSpan.FromDays(7)) errors.Add("RefreshEvery is 5 min to 7 d.");
        if (RefreshAtMostEvery < TimeSpan.FromSeconds(1) || RefreshAtMostEvery > TimeSpan.FromHours(1)) errors.Add("RefreshAtMostEvery is 1 s to 1 h.");
        if (Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromSeconds(60)) errors.Add("Timeout is 100 ms to 60 s.");
        return errors;
    }

    /// <summary>Keys that anybody on the way could exchange would be no keys.</summary>
    internal static bool IsSafe(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);
}
