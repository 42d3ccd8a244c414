using System.Buffers.Binary;
using DrmHub.Cenc;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Music.Packaging;

/// <summary>One fragment of a packaged file.</summary>
/// <param name="Duration">In ticks of <see cref="SegmentIndex.Timescale"/>.</param>
internal readonly record struct Segment(long Offset, long Length, long Duration);

/// <summary>Where the parts of a packaged file lie: its header, its segment index, its fragments.</summary>
internal sealed record SegmentIndex(long InitLength, long IndexOffset, long IndexLength, uint Timescale, IReadOnlyList<Segment> Segments)
{
    private const int MaxIndex = 1 << 20;

    /// <exception cref="CencFormatException">No file of the packager's.</exception>
    public static SegmentIndex Read(Stream input)
    {
        long init = 0;
        Span<byte> header = stackalloc byte[8];
        for (var boxes = 0; boxes < 64; boxes++)
        {
            var offset = input.Position;
            input.ReadExactly(header);
            long size = BinaryPrimitives.ReadUInt32BigEndian(header);
            var type = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
            if (size < 8 || size > input.Length - offset) throw new CencFormatException("a box reaches beyond the file", BoxType.Name(type), offset);
            if (type == BoxType.Moov) init = offset + size;
            if (type == BoxType.Moof) break;
            if (type == BoxType.Sidx)
            {
                if (init == 0 || size > MaxIndex) break;
                var bytes = new byte[size];
                header.CopyTo(bytes);
                input.ReadExactly(bytes.AsSpan(8));
                return From((SidxBox)Box.Parse(bytes, offset), init, offset);
            }

            input.Position = offset + size;
        }

        throw new CencFormatException("there is no segment index behind the header", "sidx", input.Position);
    }

    private static SegmentIndex From(SidxBox sidx, long init, long offset)
    {
        if (sidx.Timescale == 0) throw new CencFormatException("the timescale is 0", "sidx", offset);
        var segments = new List<Segment>(sidx.Count);
        var at = offset + sidx.Size + sidx.FirstOffset;
        for (var i = 0; i < sidx.Count; i++)
        {
            var reference = sidx[i];
            if (reference.ToIndex) throw new CencFormatException("an index of indexes", "sidx", offset);
            segments.Add(new Segment(at, reference.Size, reference.Duration));
            at += reference.Size;
        }

        return new SegmentIndex(init, offset, sidx.Size, sidx.Timescale, segments);
    }
}
