using DrmHub.KeyService.Cpix.Xml;
using Microsoft.AspNetCore.Http;

namespace DrmHub.KeyService.Cpix;

/// <summary>A document as the answer of a route: from the buffer that it was written to straight to the connection. It holds keys, so the buffer is cleared afterwards.</summary>
internal sealed class XmlAnswer(XmlOutput document) : IResult, IDisposable
{
    public int Length => document.Written.Length;

    public void Dispose() => document.Dispose();

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using (document)
        {
            httpContext.Response.ContentType = "application/xml";
            httpContext.Response.ContentLength = document.WrittenMemory.Length;
            await httpContext.Response.BodyWriter.WriteAsync(document.WrittenMemory, httpContext.RequestAborted);
        }
    }
}
