namespace DrmHub.Host.Commands;

/// <summary>A stream whose first bytes were already read to see what it is: gives these again, then the rest. Seeks where the rest does.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : Stream
{
    private readonly long _start = rest.CanSeek ? rest.Position - prefix.Length : 0;
    private int _given;

    public override bool CanRead => true;

    public override bool CanSeek => rest.CanSeek;

    public override bool CanWrite => false;

    public override long Length => rest.Length - _start;

    public override long Position
    {
        get => rest.Position - _start - (prefix.Length - _given);
        set
        {
            rest.Position = value + _start;
            _given = prefix.Length;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (_given == prefix.Length) return rest.Read(buffer);
        var count = Math.Min(buffer.Length, prefix.Length - _given);
        prefix.Span.Slice(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
