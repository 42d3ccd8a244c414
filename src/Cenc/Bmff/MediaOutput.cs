using System.Buffers;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Where boxes go: counts bytes, and corrects earlier ones where the stream can seek. A large buffer may be handed over and is then
/// written while the caller goes on with the next one; all else waits for it, so that the stream is never used twice at once.
/// </summary>
internal sealed class MediaOutput(Stream stream) : IDisposable
{
    /// <summary>Two buffers are alive while one of them is written: above this size that would cost more memory than the time is worth.</summary>
    private const int MaxBehind = 8 << 20;

    private readonly long _start = stream.CanSeek ? stream.Position : 0;
    private Task _behind = Task.CompletedTask;
    private byte[] _spare = [];

    public bool CanSeek => stream.CanSeek;

    /// <summary>Bytes written, or handed over.</summary>
    public long Position { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Settle();
        stream.Write(bytes);
        Position += bytes.Length;
    }

    public void Write(Box box, BoxWriter scratch)
    {
        scratch.Clear();
        box.Write(scratch);
        Write(scratch.Written);
    }

    /// <summary>Writes a buffer of the shared pool, and takes it over where it is written behind.</summary>
    /// <param name="rented">From the shared pool.</param>
    /// <param name="length">Bytes of it that are written.</param>
    /// <returns>A buffer of the shared pool for the caller to go on with: the same one, or another, or an empty one.</returns>
    public byte[] WriteRented(byte[] rented, int length)
    {
        if (length > MaxBehind)
        {
            Write(rented.AsSpan(0, length));
            return rented;
        }

        Settle();
        var next = _spare;
        _spare = rented;
        _behind = Task.Run(() => stream.Write(rented, 0, length));
        Position += length;
        return next;
    }

    /// <summary>Overwrites bytes that were written before.</summary>
    public void Patch(long position, ReadOnlySpan<byte> bytes)
    {
        Settle();
        stream.Position = _start + position;
        stream.Write(bytes);
        stream.Position = _start + Position;
    }

    public void Flush()
    {
        Settle();
        stream.Flush();
    }

    /// <summary>Waits for what was handed over; its failure, if nobody has seen it, belongs to an output that is given up already.</summary>
    public void Dispose()
    {
        _behind.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait();
        if (_spare.Length > 0) ArrayPool<byte>.Shared.Return(_spare);
        _spare = [];
    }

    // A waiter runs the write itself where no thread has begun it: a busy pool cannot hold it up.
    private void Settle() => _behind.GetAwaiter().GetResult();
}
