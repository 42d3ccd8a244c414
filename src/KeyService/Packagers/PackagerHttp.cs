using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.KeyService.Packagers;

/// <summary>What the packagers' routes share on the HTTP side.</summary>
internal static class PackagerHttp
{
    /// <summary>The longest body, in bytes, that gets its memory on the word of its header.</summary>
    private const int MaxAtOnce = 64 * 1024;

    /// <summary>The headers that go with a refusal.</summary>
    public static void WriteHeaders(HttpResponse response, PackagerRefusal refusal)
    {
        if (refusal.Challenges.Count > 0) response.Headers.WWWAuthenticate = refusal.Challenges.ToArray();
        if (refusal.RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A problem document with its stable code and the id of the request.</summary>
    public static ProblemHttpResult Problem(HttpContext http, int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code, ["requestId"] = http.TraceIdentifier });

    /// <returns>The whole body, or null where it is longer than the size limit of the route.</returns>
    public static async Task<byte[]?> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (request.ContentLength is > 0 and <= MaxAtOnce)
            {
                var body = new byte[(int)request.ContentLength];
                await request.Body.ReadExactlyAsync(body, cancellationToken);
                return body;
            }

            using var buffer = new MemoryStream();
            await request.Body.CopyToAsync(buffer, cancellationToken);
            return buffer.ToArray();
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
    }
}
