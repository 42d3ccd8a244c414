using System.Buffers;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Makes a pipe readable twice where that must be: a progressive file is spooled whole, because its samples may come before its
/// <c>moov</c>, and because encryption reads them twice; a fragment above the memory limit alone. The spool is a stream that the caller
/// opens, so that this library never decides about files.
/// </summary>
internal sealed class PipeSpool(Func<Stream>? open) : IDisposable
{
    private const int CopyBlock = 1 << 16;

    private Stream? _stream;

    public bool IsOffered => open is not null;

    /// <summary>
    /// Reads ahead until it is known whether a pipe holds a progressive file. Gives back the input where it can seek or nothing is
    /// offered, the spool where the file is progressive, and else a pipe that begins with what was read.
    /// </summary>
    /// <param name="input">From its position on.</param>
    /// <param name="limits">Bounds on what is read ahead.</param>
    /// <param name="progress">Told the bytes that are spooled; what follows begins at 0 again.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="CencFormatException">A broken box before the first fragment.</exception>
    public Stream Ready(Stream input, BmffLimits limits, IProgress<long>? progress, CancellationToken cancellation)
    {
        if (input.CanSeek || !IsOffered) return input;
        var head = new MemoryStream();
        var recorder = new RecordingPipe(input, head);
        var mustSpool = MustSpool(new MediaInput(recorder, limits, cancellation), head, limits);
        head.Position = 0;
        if (!mustSpool) return new PrefixedPipe(head, input);
        var spool = Empty();
        head.CopyTo(spool);
        CopyAll(input, spool, progress, cancellation);
        spool.Position = 0;
        return spool;
    }

    /// <summary>The spool, emptied.</summary>
    public Stream Empty()
    {
        _stream ??= open!();
        _stream.SetLength(0);
        return _stream;
    }

    public void Dispose() => _stream?.Dispose();

    // Only what stands before the first media is read ahead: small, but for a moov, which the rest needs in memory anyway.
    private static bool MustSpool(MediaInput input, MemoryStream head, BmffLimits limits)
    {
        while (input.TryNext(out var box))
        {
            switch (box.Type)
            {
                case BoxType.Moov:
                    return ((ContainerBox)input.ReadBox(box)).Find(BoxType.Mvex) is null;
                case BoxType.Mdat:
                    return true;
                case BoxType.Moof or BoxType.Styp or BoxType.Sidx or BoxType.Emsg or BoxType.Prft:
                    return false;
            }

            if (box.Size is not { } size || size > limits.MaxBoxBytes - head.Length) return true;
            input.Skip(box);
        }

        return false;
    }

    private static void CopyAll(Stream from, Stream to, IProgress<long>? progress, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBlock);
        try
        {
            for (int read; (read = from.Read(buffer)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                to.Write(buffer.AsSpan(0, read));
                progress?.Report(to.Position);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A pipe that only reads.</summary>
    private abstract class Forward : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public abstract override int Read(Span<byte> buffer);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>Keeps what is read.</summary>
    private sealed class RecordingPipe(Stream inner, MemoryStream record) : Forward
    {
        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            record.Write(buffer[..read]);
            return read;
        }
    }

    /// <summary>Gives what was read ahead, then the rest.</summary>
    private sealed class PrefixedPipe(MemoryStream head, Stream rest) : Forward
    {
        public override int Read(Span<byte> buffer)
        {
            var read = head.Read(buffer);
            return read > 0 || buffer.IsEmpty ? read : rest.Read(buffer);
        }
    }
}
