using System.Globalization;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>What the HTTP status of a licence service says, before its body is read.</summary>
public static class UpstreamStatus
{
    public static UpstreamFailure Read(int status) => status switch
    {
        >= 200 and < 300 => UpstreamFailure.None,
        401 or 407 => UpstreamFailure.CredentialsRejected,
        408 or 429 => UpstreamFailure.Throttled,
        404 or 405 or (>= 300 and < 400) => UpstreamFailure.WrongAddress,
        >= 400 and < 500 => UpstreamFailure.Refused,
        _ => UpstreamFailure.ServerError,
    };

    public static string Note(int status) => string.Create(CultureInfo.InvariantCulture, $"http_{status}");
}
