namespace DrmHub.Cenc.Bmff;

/// <summary>
/// A box of the ISO base media file format (ISO/IEC 14496-12, 4.2). Every box writes back the bytes it was read from unless it was
/// changed: the header form and bytes behind the known fields are kept.
/// </summary>
public abstract class Box
{
    private protected Box(uint type) => Type = type;

    /// <summary>The four-character code; see <see cref="BoxType"/>.</summary>
    public uint Type { get; }

    /// <summary>Offset in the input of the first header byte; -1 for a box that was not read.</summary>
    public long Offset { get; internal set; } = -1;

    /// <summary>Bytes of the whole box, header included.</summary>
    public long Size => HeaderSize + BodySize + Trailing.Length;

    /// <summary>True for the 16-byte header with a 64-bit size.</summary>
    internal bool WideHeader { get; set; }

    /// <summary>Bytes behind the last field that this library knows, such as the zero word that ends a QuickTime <c>udta</c>.</summary>
    internal ReadOnlyMemory<byte> Trailing { get; set; }

    internal int HeaderSize => WideHeader ? 16 : 8;

    /// <summary>Bytes of the fields that <see cref="WriteBody"/> writes.</summary>
    internal abstract long BodySize { get; }

    internal abstract void WriteBody(BoxWriter writer);

    /// <summary>Writes header and content.</summary>
    /// <exception cref="InvalidOperationException">The box does not fit a 32-bit size.</exception>
    public void Write(BoxWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var size = Size;
        if (size > int.MaxValue) throw new InvalidOperationException($"A {BoxType.Name(Type)} box of {size} bytes cannot be held in memory.");
        writer.U32(WideHeader ? 1 : (uint)size);
        writer.U32(Type);
        if (WideHeader) writer.U64((ulong)size);
        WriteBody(writer);
        writer.Bytes(Trailing.Span);
    }

    public byte[] ToArray()
    {
        var writer = new BoxWriter((int)Math.Clamp(Size, 16, Array.MaxLength));
        Write(writer);
        return writer.ToArray();
    }

    /// <summary>Reads one box that fills <paramref name="bytes"/> from the first to the last byte. The box refers to these bytes: leave them unchanged.</summary>
    /// <param name="bytes">Header and content.</param>
    /// <param name="offset">Offset of the box in its file, for messages and for <see cref="Offset"/>.</param>
    /// <param name="limits">Bounds; <see cref="BmffLimits.Default"/> if null.</param>
    /// <exception cref="CencFormatException">Broken bytes, or bytes behind the box.</exception>
    public static Box Parse(ReadOnlyMemory<byte> bytes, long offset = 0, BmffLimits? limits = null)
    {
        var path = new BoxPath(limits ?? BmffLimits.Default);
        var reader = new BoxReader(path, bytes, offset);
        var box = BoxParser.Read(ref reader);
        return reader.Remaining == 0 ? box : throw path.Error($"{reader.Remaining} bytes follow the {BoxType.Name(box.Type)} box");
    }

    public override string ToString() => $"{BoxType.Name(Type)} ({Size} bytes)";
}
