using System.Buffers.Binary;
using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Pssh;

/// <summary>A pssh box and where it stood.</summary>
/// <param name="Path"><c>pssh</c>, <c>moov/pssh</c> or <c>moof/pssh</c>.</param>
/// <param name="Offset">Of the box, in bytes from where reading began.</param>
/// <param name="Box">What it holds.</param>
public sealed record PsshLocation(string Path, long Offset, PsshBox Box);

/// <summary>
/// Finds the pssh boxes of a file: in <c>moov</c>, in every <c>moof</c> (key rotation), and at the top level (initialization
/// data saved by itself). Streams: memory holds one pssh box at a time, and a pipe will do. Other boxes are stepped over by
/// their headers alone, so that a file which is broken elsewhere can still be looked into.
/// </summary>
public static class PsshScanner
{
    /// <summary>Yields the boxes in the order of the file.</summary>
    /// <exception cref="CencFormatException">While enumerating: a broken box; what came before it was yielded.</exception>
    public static IEnumerable<PsshLocation> Read(Stream stream, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return ReadCore(stream, cancellation);
    }

    private static IEnumerable<PsshLocation> ReadCore(Stream stream, CancellationToken cancellation)
    {
        var header = new byte[16];
        long position = 0;
        string? container = null;
        var containerEnd = long.MaxValue;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (position == containerEnd) (container, containerEnd) = (null, long.MaxValue);
            var offset = position;
            var read = stream.ReadAtLeast(header.AsSpan(0, 8), 8, throwOnEndOfStream: false);
            if (read == 0 && containerEnd == long.MaxValue) yield break;
            if (read < 8) throw new CencFormatException($"the input ends {read} bytes into a box header", container ?? "file", offset);
            var type = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            var path = container is null ? BoxType.Name(type) : container + "/" + BoxType.Name(type);
            var headerSize = 8;
            ulong size = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (size == 1)
            {
                if (stream.ReadAtLeast(header.AsSpan(8, 8), 8, throwOnEndOfStream: false) < 8) throw new CencFormatException("the input ends in a 64-bit box size", path, offset);
                headerSize = 16;
                size = BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8));
            }

            // Size 0 means "to the end of the file", for the last box at the top.
            if (size == 0 && container is null) size = (ulong)(long.MaxValue - offset);
            if (size < (ulong)headerSize) throw new CencFormatException($"a size of {size} is smaller than the header", path, offset);
            if (size > (ulong)(containerEnd - offset)) throw new CencFormatException($"a size of {size} runs past the end of {container ?? "any file"}", path, offset);
            var end = offset + (long)size;
            position = offset + headerSize;
            if (container is null && type is BoxType.Moov or BoxType.Moof)
            {
                (container, containerEnd) = (BoxType.Name(type), end);
                continue; // the next headers are its children's
            }

            if (type == BoxType.Pssh)
            {
                if (size > PsshBox.MaxSize) throw new CencFormatException($"the box is above the limit of {PsshBox.MaxSize} bytes", path, offset);
                var bytes = new byte[size];
                header.AsSpan(0, headerSize).CopyTo(bytes);
                if (stream.ReadAtLeast(bytes.AsSpan(headerSize), bytes.Length - headerSize, throwOnEndOfStream: false) < bytes.Length - headerSize)
                {
                    throw new CencFormatException($"says {size} bytes, but the input ends before", path, offset);
                }

                yield return new PsshLocation(path, offset, PsshBox.ParseAt(bytes, path, offset));
            }
            else if (!Skip(stream, end - position, cancellation) && end != long.MaxValue)
            {
                throw new CencFormatException($"says {size} bytes, but the input ends before", path, offset);
            }

            position = end;
        }
    }

    /// <summary>False where the input ends first.</summary>
    private static bool Skip(Stream stream, long count, CancellationToken cancellation)
    {
        if (stream.CanSeek)
        {
            var left = stream.Length - stream.Position;
            stream.Position += Math.Min(count, left);
            return count <= left;
        }

        var buffer = new byte[1 << 16];
        while (count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = stream.Read(buffer, 0, (int)Math.Min(count, buffer.Length));
            if (read == 0) return false;
            count -= read;
        }

        return true;
    }
}
