using System.Buffers;
using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff;

/// <summary>Header of a box at the top of a file.</summary>
/// <param name="Type">Four-character code.</param>
/// <param name="Offset">Of the header, from the start of the input.</param>
/// <param name="HeaderSize">8 or 16.</param>
/// <param name="Size">Of the whole box; null for a last box of size 0 that reaches to the end of the input.</param>
internal readonly record struct TopLevelBox(uint Type, long Offset, int HeaderSize, long? Size)
{
    public CencFormatException Error(string message) => new(message, BoxType.Name(Type), Offset);
}

/// <summary>The top level of a file as a stream: one box header after the other, the content read, copied or skipped as the caller wants.</summary>
/// <param name="stream">Read from where it stands.</param>
/// <param name="limits">Bounds.</param>
/// <param name="cancellation">Looked at before every read.</param>
/// <param name="origin">Offset that the stream's first byte has; above 0 for a part of an input.</param>
internal sealed class MediaInput(Stream stream, BmffLimits limits, CancellationToken cancellation, long origin = 0)
{
    private const int CopyBlock = 1 << 16;

    private readonly long _start = (stream.CanSeek ? stream.Position : 0) - origin;
    private readonly byte[] _header = new byte[16];

    public BmffLimits Limits { get; } = limits;

    /// <summary>The least offset that can be read.</summary>
    public long Origin { get; } = origin;

    public bool CanSeek => stream.CanSeek;

    /// <summary>Offset of the next byte, from where the stream stood at first.</summary>
    public long Position { get; private set; } = origin;

    /// <summary>Bytes from the start to the end; only on a seekable stream.</summary>
    public long Length => stream.Length - _start;

    /// <summary>The header bytes of the box that <see cref="TryNext"/> found.</summary>
    public ReadOnlySpan<byte> HeaderOf(in TopLevelBox box) => _header.AsSpan(0, box.HeaderSize);

    public bool TryNext(out TopLevelBox box)
    {
        cancellation.ThrowIfCancellationRequested();
        box = default;
        var offset = Position;
        var read = stream.ReadAtLeast(_header.AsSpan(0, 8), 8, throwOnEndOfStream: false);
        Position += read;
        if (read == 0) return false;
        if (read < 8) throw new CencFormatException($"the input ends {read} bytes into a box header", "file", offset);
        long? size = BinaryPrimitives.ReadUInt32BigEndian(_header);
        box = new TopLevelBox(BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4)), offset, 8, size);
        if (size == 0)
        {
            box = box with { Size = CanSeek ? Length - offset : null };
        }
        else if (size == 1)
        {
            ReadExactly(_header.AsSpan(8, 8), box);
            var wide = BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(8));
            if (wide >= 1UL << 60) throw box.Error($"a size of {wide} is out of range");
            box = box with { HeaderSize = 16, Size = (long)wide };
        }
        if (box.Size < box.HeaderSize) throw box.Error($"a size of {box.Size} is smaller than the header");
        if (CanSeek && box.Size is { } known && known > Length - offset) throw box.Error($"says {known} bytes, but the input ends after {Length - offset}");
        return true;
    }

    /// <summary>Reads a box whole and takes it apart.</summary>
    public Box ReadBox(in TopLevelBox box) => Box.Parse(ReadBytes(box), box.Offset, Limits);

    /// <summary>Reads a box whole, header included.</summary>
    public byte[] ReadBytes(in TopLevelBox box)
    {
        if (box.Size is not { } size || size > Limits.MaxBoxBytes) throw box.Error($"is larger than the limit of {Limits.MaxBoxBytes} bytes");
        // A pipe says nothing about its length: memory follows the bytes that arrive, not the size that is claimed.
        var bytes = new byte[CanSeek ? size : Math.Min(size, 1 << 12)];
        HeaderOf(box).CopyTo(bytes);
        var filled = box.HeaderSize;
        while (filled < size)
        {
            if (filled == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(size, bytes.Length * 2L));
            ReadExactly(bytes.AsSpan(filled), box);
            filled = bytes.Length;
        }
        // A size of 0 at the top level means "to the end of the file", which the tree does not know.
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) == 0) BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)size);
        return bytes;
    }

    public void ReadExactly(Span<byte> destination, in TopLevelBox box)
    {
        cancellation.ThrowIfCancellationRequested();
        var read = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        Position += read;
        if (read < destination.Length) throw box.Error($"the input ends at offset {Position}, {destination.Length - read} bytes too early");
    }

    /// <summary>Reads what is there, up to the length of the span.</summary>
    public int Read(Span<byte> destination)
    {
        cancellation.ThrowIfCancellationRequested();
        var read = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        Position += read;
        return read;
    }

    public void Seek(long position)
    {
        stream.Position = _start + position;
        Position = position;
    }

    /// <summary>Passes the content of a box (its header is already read) without keeping it.</summary>
    public void Skip(in TopLevelBox box)
    {
        if (CanSeek && box.Size is { } size) Seek(box.Offset + size);
        else Copy(box, null);
    }

    /// <summary>Writes header and content as they are.</summary>
    public void Copy(in TopLevelBox box, MediaOutput? output)
    {
        output?.Write(HeaderOf(box));
        if (box.Size is { } size) CopyBytes(size - box.HeaderSize, output, box);
        else CopyRest(output);
    }

    /// <summary>Writes the header and the content of a box up to a size that the caller knows.</summary>
    public void CopyPart(in TopLevelBox box, long size, MediaOutput output)
    {
        output.Write(HeaderOf(box));
        CopyBytes(size - box.HeaderSize, output, box);
    }

    /// <summary>A part of this input that was put aside, under the offsets that it had here.</summary>
    public MediaInput Part(Stream part, long origin) => new(part, Limits, cancellation, origin);

    /// <summary>Writes what is left of the input.</summary>
    public void CopyRest(MediaOutput? output)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBlock);
        try
        {
            for (int read; (read = Read(buffer)) > 0;) output?.Write(buffer.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void CopyBytes(long count, MediaOutput? output, in TopLevelBox box)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(count, 1, CopyBlock));
        try
        {
            while (count > 0)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(count, buffer.Length));
                ReadExactly(part, box);
                output?.Write(part);
                count -= part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
