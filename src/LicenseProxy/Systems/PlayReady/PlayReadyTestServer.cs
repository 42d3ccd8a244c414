using System.Globalization;
using System.Text;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// The query of Microsoft's PlayReady test server ("Query String Syntax for PlayReady Test Server"): <c>cfg=(k:v,…),(…)</c>, a group for each licence. It has the content keys
/// in it, so that the address must not be logged, and Production refuses this kind.
/// </summary>
internal static class PlayReadyTestServer
{
    public static Uri AddTo(Uri url, LicenseGrant? grant)
    {
        if (grant is null) return url;
        var builder = new UriBuilder(url);
        builder.Query = builder.Query.Length > 1 ? $"{builder.Query[1..]}&cfg={Config(grant)}" : $"cfg={Config(grant)}";
        return builder.Uri;
    }

    private static string Config(LicenseGrant grant)
    {
        var terms = LicenseTerms.Of(grant);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(grant.NowMs);
        var text = new StringBuilder(256);
        foreach (var key in PlayReadyTerms.Of(grant))
        {
            if (text.Length > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"(kid:{key.Key.KeyId},contentkey:{Convert.ToBase64String(key.Key.Key.Bytes)},sl:{key.Level}");
            text.Append(CultureInfo.InvariantCulture, $",ckt:{(key.IsCbc ? "aes128bitcbc" : "aes128bitctr")},persist:{(terms.Persistent ? "true" : "false")}");
            text.Append(CultureInfo.InvariantCulture, $",begindate:{Date(now - PlayReadyTerms.BeginBefore)},enddate:{Date(now.AddSeconds(Math.Min(terms.LicenseSeconds, 100L * 365 * 86_400)))}");
            if (terms.PlaybackSeconds is { } playback) text.Append(CultureInfo.InvariantCulture, $",firstexp:{playback}");
            if (key.VideoOutput is { } output) text.Append(CultureInfo.InvariantCulture, $",ucvopl:{output}");
            if (key.HdcpType1) text.Append(",dvop:(guid:" + PlayReadyTerms.HdcpType1Id + ",data:AAAAAQ==)");
            text.Append(')');
        }

        return text.ToString();
    }

    private static string Date(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
}
