using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>A run of samples that lie one behind the other (ISO/IEC 14496-12, 8.8.8).</summary>
public sealed class TrunBox : FullBox
{
    internal const uint HasDataOffset = 0x001;
    internal const uint HasFirstFlags = 0x004;
    internal const uint HasDuration = 0x100;
    internal const uint HasSize = 0x200;
    internal const uint HasFlags = 0x400;
    internal const uint HasCompositionOffset = 0x800;

    private readonly ReadOnlyMemory<byte> _entries;
    private readonly int _entrySize;

    internal TrunBox(ref BoxReader reader)
        : base(BoxType.Trun, ref reader)
    {
        SampleCount = reader.U32();
        if ((Flags & HasDataOffset) != 0) DataOffset = reader.I32();
        if ((Flags & HasFirstFlags) != 0) FirstFlags = reader.U32();
        _entrySize = EntrySizeOf(Flags);
        _entries = reader.Table(SampleCount, _entrySize);
    }

    /// <param name="version">1 for signed composition offsets.</param>
    /// <param name="flags">Which fields the entries have; the data offset is always there.</param>
    /// <param name="sampleCount">Number of entries.</param>
    /// <param name="entries">The fields of each entry in the order duration, size, flags, composition offset.</param>
    internal TrunBox(byte version, uint flags, int sampleCount, ReadOnlyMemory<byte> entries)
        : base(BoxType.Trun, version, flags | HasDataOffset)
    {
        SampleCount = (uint)sampleCount;
        DataOffset = 0;
        _entrySize = EntrySizeOf(flags);
        _entries = entries;
    }

    public uint SampleCount { get; }

    /// <summary>From the fragment's base to the first byte of the first sample; null if the run follows the one before.</summary>
    public int? DataOffset { get; private set; }

    /// <summary>Flags of the first sample, in place of the default ones.</summary>
    public uint? FirstFlags { get; }

    internal override long FieldsSize => 4 + (DataOffset is null ? 0 : 4) + (FirstFlags is null ? 0 : 4) + _entries.Length;

    internal bool HasSizes => (Flags & HasSize) != 0;

    internal bool EntriesAreEmpty => _entrySize == 0;

    internal uint SizeAt(int index) => Field(index, (Flags & HasDuration) != 0 ? 4 : 0);

    /// <summary>The fields of one sample; what the run does not say is taken from the defaults.</summary>
    internal void Read(int index, in SampleDefaults defaults, out uint duration, out uint size, out uint flags, out int compositionOffset)
    {
        var position = 0;
        duration = (Flags & HasDuration) != 0 ? Next(index, ref position) : defaults.Duration;
        size = (Flags & HasSize) != 0 ? Next(index, ref position) : defaults.Size;
        if ((Flags & HasFlags) != 0) flags = Next(index, ref position);
        else flags = index == 0 && FirstFlags is { } first ? first : defaults.Flags;
        compositionOffset = (Flags & HasCompositionOffset) != 0 ? unchecked((int)Next(index, ref position)) : 0;
    }

    internal void SetDataOffset(int offset)
    {
        DataOffset = offset;
        Flags |= HasDataOffset;
    }

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(SampleCount);
        if (DataOffset is { } offset) writer.I32(offset);
        if (FirstFlags is { } flags) writer.U32(flags);
        writer.Bytes(_entries.Span);
    }

    private static int EntrySizeOf(uint flags) => System.Numerics.BitOperations.PopCount(flags & (HasDuration | HasSize | HasFlags | HasCompositionOffset)) * 4;

    private uint Next(int index, ref int position)
    {
        var value = Field(index, position);
        position += 4;
        return value;
    }

    private uint Field(int index, int position) => BinaryPrimitives.ReadUInt32BigEndian(_entries.Span[((index * _entrySize) + position)..]);
}

/// <summary>What samples of a run have where the run does not say (from <c>tfhd</c>, then <c>trex</c>).</summary>
internal readonly record struct SampleDefaults(uint Duration, uint Size, uint Flags);
