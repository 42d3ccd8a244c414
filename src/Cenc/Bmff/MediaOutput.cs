namespace DrmHub.Cenc.Bmff;

/// <summary>Where boxes go: counts bytes, and corrects earlier ones where the stream can seek.</summary>
internal sealed class MediaOutput(Stream stream)
{
    private readonly long _start = stream.CanSeek ? stream.Position : 0;

    public bool CanSeek => stream.CanSeek;

    /// <summary>Bytes written.</summary>
    public long Position { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        Position += bytes.Length;
    }

    public void Write(Box box, BoxWriter scratch)
    {
        scratch.Clear();
        box.Write(scratch);
        Write(scratch.Written);
    }

    /// <summary>Overwrites bytes that were written before.</summary>
    public void Patch(long position, ReadOnlySpan<byte> bytes)
    {
        stream.Position = _start + position;
        stream.Write(bytes);
        stream.Position = _start + Position;
    }

    public void Flush() => stream.Flush();
}
