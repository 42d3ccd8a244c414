using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy;

/// <summary>A body that is there already, with its length: no ranges, no entity tags, nothing to negotiate.</summary>
internal sealed class BytesResult(ReadOnlyMemory<byte> body, string contentType, int status = StatusCodes.Status200OK) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
