using System.Buffers.Binary;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

/// <summary>
/// Finds IV and subsamples of each sample (ISO/IEC 23001-7, 7): in <c>senc</c>, in PIFF's <c>uuid</c> box, or by <c>saiz</c> and <c>saio</c>
/// wherever these point. <c>senc</c> goes first, as in Shaka Packager and Chromium. Checks every size before a sample is touched.
/// </summary>
internal static class AuxiliaryInfo
{
    private const int SubsampleSize = 6;

    /// <summary>Sets where each sample's information lies.</summary>
    /// <param name="fragment">Its samples' IV sizes are given by <paramref name="ivSizes"/>.</param>
    /// <param name="ivSizes">IV bytes of each sample: 0, 8 or 16.</param>
    /// <param name="scheme">The scheme's code, which the information may name.</param>
    /// <param name="source">Where offsets lead.</param>
    /// <returns>False if there is no information at all.</returns>
    public static bool TryRead(TrackFragment fragment, ReadOnlySpan<byte> ivSizes, uint scheme, Fragment source)
    {
        SaizBox? saiz = null;
        SaioBox? saio = null;
        foreach (var box in fragment.Traf.List)
        {
            switch (box)
            {
                case SencBox { SampleCount: > 0 } senc:
                    ReadEntries(fragment, ivSizes, senc.Entries, senc.SampleCount, (senc.Flags & SencBox.HasSubsamples) != 0, senc);
                    return true;
                case PiffSencBox { SampleCount: > 0 } piff:
                    ReadEntries(fragment, ivSizes, piff.Entries, piff.SampleCount, piff.HasSubsamples, piff);
                    return true;
                case SaizBox { SampleCount: > 0 } sizes when IsOurs(sizes.AuxInfoType, scheme):
                    saiz ??= sizes;
                    break;
                case SaioBox { Count: > 0 } offsets when IsOurs(offsets.AuxInfoType, scheme):
                    saio ??= offsets;
                    break;
            }
        }
        if (saiz is null || saio is null) return false;
        ReadByOffsets(fragment, ivSizes, saiz, saio, source);
        return true;
    }

    /// <summary>True if these boxes describe protection and nothing else.</summary>
    public static bool IsProtectionBox(Box box, uint scheme) => box switch
    {
        SencBox or PiffSencBox => true,
        SaizBox saiz => IsOurs(saiz.AuxInfoType, scheme),
        SaioBox saio => IsOurs(saio.AuxInfoType, scheme),
        SbgpBox sbgp => sbgp.GroupingType == BoxType.Seig,
        SgpdBox sgpd => sgpd.GroupingType == BoxType.Seig,
        _ => false,
    };

    private static bool IsOurs(uint? type, uint scheme) => type is null || type == scheme || Enum.IsDefined(unchecked((ProtectionScheme)(int)type.Value));

    private static void ReadEntries(TrackFragment fragment, ReadOnlySpan<byte> ivSizes, ReadOnlyMemory<byte> entries, uint count, bool subsamples, Box box)
    {
        var samples = fragment.Samples.Span;
        if (count != samples.Length) throw Bad($"has entries for {count} samples, there are {samples.Length}", box);
        var span = entries.Span;
        long position = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            long size = ivSizes[i];
            if (subsamples)
            {
                if (position + size + 2 > span.Length) throw Bad($"ends inside the entry of sample {i}", box);
                size += 2 + (SubsampleSize * BinaryPrimitives.ReadUInt16BigEndian(span[(int)(position + size)..]));
            }
            if (position + size > span.Length) throw Bad($"ends inside the entry of sample {i}", box);
            samples[i].AuxOffset = (int)position;
            samples[i].AuxSize = (int)size;
            if (subsamples) CheckSubsamples(span.Slice((int)position + ivSizes[i], (int)size - ivSizes[i]), samples[i], i, box);
            position += size;
        }
        fragment.Aux = entries;
    }

    private static void ReadByOffsets(TrackFragment fragment, ReadOnlySpan<byte> ivSizes, SaizBox saiz, SaioBox saio, Fragment source)
    {
        var samples = fragment.Samples.Span;
        if (saiz.SampleCount != samples.Length) throw Bad($"has sizes for {saiz.SampleCount} samples, there are {samples.Length}", saiz);
        if (saio.Count != 1 && saio.Count != fragment.RunStarts.Count) throw Bad($"has {saio.Count} offsets for {fragment.RunStarts.Count} runs", saio);
        var total = 0L;
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i].AuxOffset = (int)total;
            samples[i].AuxSize = saiz[i];
            total += saiz[i];
        }
        var pieces = saio.Count;
        // Locate all pieces before memory is taken: they must be there.
        for (var piece = 0; piece < pieces; piece++) Locate(fragment, saio, piece, PieceLength(fragment, piece, pieces, (int)total), source);
        var aux = new byte[total];
        for (var piece = 0; piece < pieces; piece++)
        {
            var start = pieces == 1 ? 0 : AuxStart(fragment, piece, (int)total);
            Locate(fragment, saio, piece, PieceLength(fragment, piece, pieces, (int)total), source).CopyTo(aux.AsSpan(start));
        }
        for (var i = 0; i < samples.Length; i++)
        {
            var rest = aux.AsSpan(samples[i].AuxOffset, samples[i].AuxSize);
            if (rest.Length < ivSizes[i]) throw Bad($"gives sample {i} {rest.Length} bytes, less than its IV", saiz);
            rest = rest[ivSizes[i]..];
            if (!rest.IsEmpty) CheckSubsamples(rest, samples[i], i, saiz);
        }
        fragment.Aux = aux;
    }

    private static int PieceLength(TrackFragment fragment, int piece, int pieces, int total) =>
        pieces == 1 ? total : AuxStart(fragment, piece + 1, total) - AuxStart(fragment, piece, total);

    private static int AuxStart(TrackFragment fragment, int run, int total)
    {
        if (run >= fragment.RunStarts.Count) return total;
        var first = fragment.RunStarts[run];
        return first < fragment.Samples.Count ? fragment.Samples.Span[first].AuxOffset : total;
    }

    private static ReadOnlySpan<byte> Locate(TrackFragment fragment, SaioBox saio, int piece, int length, Fragment source)
    {
        if (saio[piece] >= 1UL << 60) throw Bad($"an offset of {saio[piece]} is out of range", saio);
        var offset = fragment.AuxBase + (long)saio[piece];
        var inMoof = offset - source.Moof.Offset;
        if (inMoof >= 0 && inMoof <= source.MoofBytes.Length && length <= source.MoofBytes.Length - inMoof) return source.MoofBytes.Span.Slice((int)inMoof, length);
        if (!source.Data.Contains(offset, length)) throw Bad($"leads to {length} bytes at offset {offset}, which are not in the fragment", saio);
        return source.Data.Slice(offset, length);
    }

    private static void CheckSubsamples(ReadOnlySpan<byte> table, in MediaSample sample, int index, Box box)
    {
        var count = table.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(table);
        if (count == 0) throw Bad($"sample {index} has a subsample count of 0", box);
        if (table.Length != 2 + (count * SubsampleSize)) throw Bad($"sample {index} has {count} subsamples in {table.Length} bytes", box);
        long sum = 0;
        for (var i = 2; i < table.Length; i += SubsampleSize)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(table[i..]) + (long)BinaryPrimitives.ReadUInt32BigEndian(table[(i + 2)..]);
        }
        if (sum != sample.Size) throw Bad($"the subsamples of sample {index} add up to {sum} bytes, it has {sample.Size}", box);
    }

    private static CencFormatException Bad(string message, Box box) => new(message, $"moof/traf/{BoxType.Name(box.Type)}", box.Offset);
}
