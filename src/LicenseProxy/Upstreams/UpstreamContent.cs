using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// A request's body, byte for byte. It knows whether sending began: until then the service cannot have worked on the request, so asking another one is
/// safe whatever the request is.
/// </summary>
public sealed class UpstreamContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly byte[]? _secret;

    public UpstreamContent(ReadOnlyMemory<byte> body, string? contentType)
    {
        _body = body;
        if (contentType is not null) Headers.ContentType = MediaTypeHeaderValue.TryParse(contentType, out var type) ? type : null;
    }

    /// <summary>A body with content keys in it: zeroed when the request is disposed.</summary>
    public UpstreamContent(byte[] secret, string? contentType)
        : this(secret.AsMemory(), contentType) => _secret = secret;

    public bool Began { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Began = true;
        return stream.WriteAsync(_body, cancellationToken).AsTask();
    }

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_secret);
        base.Dispose(disposing);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
