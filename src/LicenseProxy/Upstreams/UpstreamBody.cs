using System.Buffers;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>Reads an answer to its end, within a limit.</summary>
internal static class UpstreamBody
{
    /// <returns>Null where it is longer than <paramref name="limit"/> bytes.</returns>
    public static async ValueTask<byte[]?> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        var length = content.Headers.ContentLength;
        if (length > limit) return null;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        if (length is { } known)
        {
            var whole = new byte[known];
            await stream.ReadExactlyAsync(whole, cancellationToken);
            return whole;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (var filled = 0; ;)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
                filled += read;
                if (filled > limit) return null;
                if (read == 0) return buffer.AsSpan(0, filled).ToArray();
                if (filled < buffer.Length) continue;
                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.AsSpan(0, filled).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true); // it may be a licence
                buffer = larger;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
