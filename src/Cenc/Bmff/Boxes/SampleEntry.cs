using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// A sample entry taken apart: fixed fields, then boxes (ISO/IEC 14496-12, 12.1.3 visual and 12.2.3 audio; QuickTime's longer sound
/// descriptions of version 1 and 2 too). Entries of other handlers have no known layout and stay whole.
/// </summary>
public sealed class SampleEntry
{
    private const int VisualFields = 78;
    private const int AudioFields = 28;
    private readonly uint _handler;
    private readonly ReadOnlyMemory<byte> _fields;
    private readonly List<Box> _children = [];
    private readonly ReadOnlyMemory<byte> _trailing;

    private SampleEntry(RawBox raw, uint handler, BoxPath path)
    {
        Type = raw.Type;
        _handler = handler;
        path.Enter(raw.Type, raw.Offset);
        var reader = new BoxReader(path, raw.Payload, raw.Offset + raw.HeaderSize);
        _fields = reader.Bytes(handler == BoxType.Vide ? VisualFields : SoundFields(reader));
        while (reader.Remaining >= 8) _children.Add(BoxParser.Read(ref reader));
        _trailing = reader.Rest();
        path.Leave();
    }

    public uint Type { get; }

    public IReadOnlyList<Box> Children => _children;

    public bool IsVideo => _handler == BoxType.Vide;

    /// <summary>Coded width in pixels (video).</summary>
    public int Width => IsVideo ? BinaryPrimitives.ReadUInt16BigEndian(_fields.Span[24..]) : 0;

    public int Height => IsVideo ? BinaryPrimitives.ReadUInt16BigEndian(_fields.Span[26..]) : 0;

    /// <summary>Channels as the entry says, which codec boxes may correct (audio).</summary>
    public int Channels => IsVideo ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_fields.Span[16..]);

    /// <summary>Samples a second (audio); 0 where it does not fit 16 bits.</summary>
    public int SampleRate => IsVideo ? 0 : BinaryPrimitives.ReadUInt16BigEndian(_fields.Span[24..]);

    /// <summary>The codec's configuration (content of <c>avcC</c>, <c>hvcC</c>, <c>av1C</c>, <c>vpcC</c>); empty if there is none.</summary>
    public ReadOnlyMemory<byte> CodecConfiguration
    {
        get
        {
            foreach (var child in _children)
            {
                if (child is RawBox raw && BoxType.Name(raw.Type) is "avcC" or "hvcC" or "av1C" or "vpcC") return ((RawBox)child).Payload;
            }
            return default;
        }
    }

    /// <summary>Reads an entry of a video or sound track; null for any other handler.</summary>
    internal static SampleEntry? TryRead(RawBox raw, uint handler, BmffLimits limits) => Open(raw, handler, new BoxPath(limits));

    internal static RawBox ReadRaw(ref BoxReader reader)
    {
        var offset = reader.Offset;
        long size = reader.U32();
        var type = reader.U32();
        if (size < 8 || size - 8 > reader.Remaining) throw reader.Path.Error($"a sample entry says {size} bytes, but only {reader.Remaining + 8} are there");
        return new RawBox(type, reader.Bytes((int)size - 8)) { Offset = offset };
    }

    internal ContainerBox? Sinf => _children.OfType<ContainerBox>().FirstOrDefault(box => box.Type == BoxType.Sinf);

    /// <summary>The same entry under another code, without its <c>sinf</c> boxes and with <paramref name="sinf"/> as last child.</summary>
    internal RawBox With(uint type, ContainerBox? sinf)
    {
        var writer = new BoxWriter(_fields.Length + 256);
        writer.Bytes(_fields.Span);
        foreach (var child in _children)
        {
            if (child.Type != BoxType.Sinf) child.Write(writer);
        }
        sinf?.Write(writer);
        writer.Bytes(_trailing.Span);
        return new RawBox(type, writer.WrittenMemory);
    }

    private static SampleEntry? Open(RawBox raw, uint handler, BoxPath path) =>
        handler is BoxType.Vide or BoxType.Soun ? new SampleEntry(raw, handler, path) : null;

    private static int SoundFields(BoxReader reader)
    {
        if (reader.Remaining < AudioFields) return AudioFields;
        // QuickTime: version 1 adds four words, version 2 a structure of 36 bytes. An ISO AudioSampleEntryV1 also says version 1 but adds
        // nothing; what follows tells them apart, since a box there has a plausible size.
        var version = BinaryPrimitives.ReadUInt16BigEndian(reader.Peek[8..]);
        if (version == 2) return AudioFields + 36;
        if (version != 1) return AudioFields;
        var rest = reader.Peek[AudioFields..];
        return rest.Length >= 8 && BinaryPrimitives.ReadUInt32BigEndian(rest) is >= 8 and var size && size <= rest.Length && IsCode(rest[4..8]) ? AudioFields : AudioFields + 16;
    }

    private static bool IsCode(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (b is < 0x20 or >= 0x7F) return false;
        }
        return true;
    }
}
