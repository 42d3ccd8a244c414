namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// AV1 samples: only the tile data inside tile group and frame OBUs is protected, one range per tile; OBU headers, frame headers, tile group
/// headers and tile sizes stay clear, and so do all other OBUs (Carriage of AV1 in ISOBMFF, "Common Encryption").
/// </summary>
internal sealed class Av1Mapper : SubsampleMapper
{
    private const int SequenceHeader = 1, FrameHeader = 3, TileGroup = 4, Frame = 6;

    private readonly Av1References _slots = new();
    private readonly bool _align;
    private Av1SequenceHeader? _sequence;
    private Av1FrameHeader? _frame;
    private int _nextTile;

    /// <param name="configuration">AV1CodecConfigurationRecord; may be empty where the samples carry the sequence header.</param>
    /// <param name="align">Align ranges to 16 bytes.</param>
    public Av1Mapper(ReadOnlySpan<byte> configuration, bool align)
    {
        _align = align;
        if (configuration.IsEmpty) return;
        if (configuration.Length < 4 || configuration[0] != 0x81) throw new CencFormatException("av1C is not an AV1 configuration of version 1.");
        for (var rest = configuration[4..]; !rest.IsEmpty;)
        {
            var obu = Av1Obu.Take(ref rest);
            if (obu.Type == SequenceHeader) _sequence = Av1SequenceHeader.Parse(obu.Payload);
        }
    }

    public override bool UsesSubsamples => true;

    public override void Map(ReadOnlySpan<byte> sample, List<Subsample> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (sample.IsEmpty) throw new CencFormatException("A video sample has no bytes.");
        var builder = new SubsampleBuilder(output, _align);
        _frame = null;
        for (var rest = sample; !rest.IsEmpty;)
        {
            var obu = Av1Obu.Take(ref rest);
            builder.AddClear(obu.HeaderSize);
            AddObu(ref builder, obu);
        }

        if (_frame is not null) throw new CencFormatException("An AV1 sample ends before the last tile of its frame.");
        builder.Finish();
    }

    private void AddObu(ref SubsampleBuilder builder, scoped Av1Obu obu)
    {
        switch (obu.Type)
        {
            case SequenceHeader:
                _sequence = Av1SequenceHeader.Parse(obu.Payload);
                builder.AddClear(obu.Payload.Length);
                break;
            case FrameHeader:
                // While tiles are missing, another frame header is a copy of the first.
                if (_frame is null) ReadFrameHeader(obu);
                builder.AddClear(obu.Payload.Length);
                break;
            case Frame:
                if (_frame is not null) throw new CencFormatException("An AV1 frame starts before the last tile of the one before.");
                var header = ReadFrameHeader(obu);
                if (_frame is null) throw new CencFormatException("An AV1 frame OBU shows an existing frame.");
                builder.AddClear(header);
                AddTiles(ref builder, obu.Payload[header..]);
                break;
            case TileGroup:
                AddTiles(ref builder, obu.Payload);
                break;
            default:
                builder.AddClear(obu.Payload.Length);
                break;
        }
    }

    private int ReadFrameHeader(Av1Obu obu)
    {
        var frame = new Av1FrameHeader(_sequence ?? throw new CencFormatException("An AV1 frame comes before any sequence header."), _slots);
        var reader = new BitReader(obu.Payload);
        frame.Read(ref reader, obu.TemporalId, obu.SpatialId);
        _frame = frame.ShowsExisting ? null : frame;
        _nextTile = 0;
        return reader.BytePosition;
    }

    // tile_group_obu, 5.11.1.
    private void AddTiles(ref SubsampleBuilder builder, scoped ReadOnlySpan<byte> group)
    {
        var frame = _frame ?? throw new CencFormatException("AV1 tiles come without a frame header.");
        var tiles = frame.Tiles;
        var reader = new BitReader(group);
        int first = 0, last = tiles.Count - 1;
        if (tiles.Count > 1 && reader.Flag())
        {
            first = reader.Int(tiles.IndexBits);
            last = reader.Int(tiles.IndexBits);
        }

        if (first != _nextTile || last < first || last >= tiles.Count)
            throw new CencFormatException($"An AV1 tile group holds the tiles {first} to {last} of {tiles.Count}, where {_nextTile} is next.");
        builder.AddClear(reader.BytePosition);
        group = group[reader.BytePosition..];
        for (var i = first; i < last; i++)
        {
            if (group.Length < tiles.SizeBytes) throw new CencFormatException("An AV1 tile group ends inside a tile size.");
            uint size = 0;
            for (var at = tiles.SizeBytes - 1; at >= 0; at--) size = (size << 8) | group[at];
            group = group[tiles.SizeBytes..];
            if (size >= (uint)group.Length) throw new CencFormatException($"An AV1 tile of {size + 1L} bytes has {group.Length} left.");
            builder.AddClear(tiles.SizeBytes);
            builder.AddProtected(size + 1L);
            group = group[((int)size + 1)..];
        }

        if (group.IsEmpty) throw new CencFormatException("The last tile of an AV1 tile group has no bytes.");
        builder.AddProtected(group.Length);
        _nextTile = last + 1;
        if (_nextTile < tiles.Count) return;
        frame.Finish();
        _frame = null;
    }
}
