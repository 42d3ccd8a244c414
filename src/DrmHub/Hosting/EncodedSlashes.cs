using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Names in paths as they were meant. The server decodes all of a path but <c>%2F</c>, so that <c>/cpix/studio%2Ffilm</c> would name another content than
/// <c>studio/film</c> does everywhere else, and the same as <c>/cpix/studio%252Ffilm</c>. What a route took as a whole segment is decoded here, once, from what was sent.
/// </summary>
internal static class EncodedSlashes
{
    public static IApplicationBuilder UseEncodedSlashes(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.Request.Path.Value is { } path && path.Contains('%', StringComparison.Ordinal)) Decode(http, path);
        return next(http);
    });

    private static void Decode(HttpContext http, string path)
    {
        if ((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.PathSegments is not { } pattern) return;
        var sent = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].Split('/');
        var routed = path.Split('/');

        // Of another shape where the server took out dots or a proxy's prefix was cut off: count from the end.
        var offset = sent.Length - routed.Length;
        if (offset < 0) return;
        for (var i = 0; i < pattern.Count && i + 1 < routed.Length; i++)
        {
            if (pattern[i].Parts is not [RoutePatternParameterPart { IsCatchAll: false } parameter]) continue;
            if (http.Request.RouteValues[parameter.Name] is not string value || value != routed[i + 1]) continue;
            var decoded = Uri.UnescapeDataString(sent[offset + i + 1]);
            if (decoded.Replace("/", "%2F", StringComparison.Ordinal).Equals(value.Replace("/", "%2F", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) http.Request.RouteValues[parameter.Name] = decoded;
        }
    }
}
