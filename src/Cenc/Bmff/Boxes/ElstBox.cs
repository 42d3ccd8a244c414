namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>One edit. A media time of -1 is an empty edit.</summary>
/// <param name="SegmentDuration">In ticks of the movie timescale; 0 in a fragmented file means "to the end".</param>
/// <param name="MediaTime">In ticks of the track's timescale.</param>
/// <param name="Rate">16.16 fixed point; 0x00010000 is normal speed.</param>
public readonly record struct Edit(ulong SegmentDuration, long MediaTime, int Rate);

/// <summary>Edit list (ISO/IEC 14496-12, 8.6.6): start delay, encoder delay and padding.</summary>
public sealed class ElstBox : FullBox
{
    private readonly List<Edit> _edits;

    public ElstBox(byte version, params ReadOnlySpan<Edit> edits)
        : base(BoxType.Elst, version, 0) => _edits = [.. edits];

    internal ElstBox(ref BoxReader reader)
        : base(BoxType.Elst, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        var count = reader.U32();
        if ((long)count * EntrySize > reader.Remaining) throw reader.Path.Error($"{count} edits do not fit into {reader.Remaining} bytes");
        _edits = new List<Edit>((int)count);
        for (var i = 0; i < count; i++)
        {
            _edits.Add(Version == 1
                ? new Edit(reader.U64(), reader.I64(), reader.I32())
                : new Edit(reader.U32(), reader.I32(), reader.I32()));
        }
    }

    public IReadOnlyList<Edit> Edits => _edits;

    private int EntrySize => Version == 1 ? 20 : 12;

    internal override long FieldsSize => 4 + ((long)_edits.Count * EntrySize);

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32((uint)_edits.Count);
        foreach (var edit in _edits)
        {
            TimeField.Write(writer, Version, edit.SegmentDuration);
            if (Version == 1) writer.I64(edit.MediaTime);
            else writer.I32((int)edit.MediaTime);
            writer.I32(edit.Rate);
        }
    }
}
