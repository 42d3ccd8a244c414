using System.Net;
using System.Net.Http.Headers;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// A request's body, byte for byte. It knows whether sending began: until then the service cannot have worked on the request, so asking another one is
/// safe whatever the request is.
/// </summary>
public sealed class UpstreamContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;

    public UpstreamContent(ReadOnlyMemory<byte> body, string? contentType)
    {
        _body = body;
        if (contentType is not null) Headers.ContentType = MediaTypeHeaderValue.TryParse(contentType, out var type) ? type : null;
    }

    public bool Began { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Began = true;
        return stream.WriteAsync(_body, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
