namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// Sample descriptions (ISO/IEC 14496-12, 8.5.2). The entries stay raw here, because their layout depends on the track's handler:
/// <see cref="SampleEntry"/> reads them.
/// </summary>
public sealed class StsdBox : FullBox
{
    private readonly List<RawBox> _entries;

    internal StsdBox(ref BoxReader reader)
        : base(BoxType.Stsd, ref reader)
    {
        var count = reader.U32();
        if (count > reader.Remaining / 8) throw reader.Path.Error($"{count} sample entries do not fit into {reader.Remaining} bytes");
        _entries = new List<RawBox>((int)count);
        for (var i = 0; i < count; i++) _entries.Add(SampleEntry.ReadRaw(ref reader));
    }

    internal StsdBox(byte version, IEnumerable<RawBox> entries)
        : base(BoxType.Stsd, version, 0) => _entries = [.. entries];

    /// <summary>In the order that sample description indexes count, from 1.</summary>
    public IReadOnlyList<RawBox> Entries => _entries;

    internal override long FieldsSize
    {
        get
        {
            long size = 4;
            foreach (var entry in _entries) size += entry.Size;
            return size;
        }
    }

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32((uint)_entries.Count);
        foreach (var entry in _entries) entry.Write(writer);
    }
}
