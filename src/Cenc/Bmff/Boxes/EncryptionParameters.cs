namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>The fields that <c>tenc</c> (ISO/IEC 23001-7, 8.2) and a <c>seig</c> group entry (6) share.</summary>
internal sealed class EncryptionParameters
{
    public required bool IsProtected { get; init; }

    /// <summary>Blocks encrypted, blocks skipped.</summary>
    public required byte PatternByte { get; init; }

    /// <summary>0 (constant IV), 8 or 16.</summary>
    public required int IvSize { get; init; }

    public required KeyId KeyId { get; init; }

    /// <summary>8 or 16 bytes if <see cref="IvSize"/> is 0 and samples are protected; else empty.</summary>
    public ReadOnlyMemory<byte> ConstantIv { get; init; }

    /// <summary>From isProtected on.</summary>
    public int Size => 18 + (HasConstantIv ? 1 + ConstantIv.Length : 0);

    private bool HasConstantIv => IsProtected && IvSize == 0;

    /// <summary>Reads a <c>seig</c> entry: reserved byte, pattern byte, then the shared fields.</summary>
    public static EncryptionParameters ReadGroup(BoxPath path, ReadOnlyMemory<byte> entry)
    {
        var reader = new BoxReader(path, entry, 0);
        reader.U8();
        return Read(ref reader, reader.U8());
    }

    /// <summary>Length of the <c>seig</c> entry at the start of these bytes: needed where <c>sgpd</c> carries no lengths.</summary>
    public static int GroupLength(ReadOnlyMemory<byte> entry)
    {
        var span = entry.Span;
        if (span.Length < 20) return 0;
        return span[2] == 1 && span[3] == 0 ? (span.Length > 20 ? 21 + span[20] : 0) : 20;
    }

    public static EncryptionParameters Read(ref BoxReader reader, byte patternByte)
    {
        var isProtected = reader.U8();
        var ivSize = reader.U8();
        var keyId = new KeyId(reader.Bytes(KeyId.Size).Span);
        if (isProtected > 1) throw reader.Path.Error($"isProtected is {isProtected}");
        if (ivSize is not (0 or 8 or 16)) throw reader.Path.Error($"an IV size of {ivSize} is not 0, 8 or 16");
        ReadOnlyMemory<byte> constant = default;
        if (isProtected == 1 && ivSize == 0)
        {
            var size = reader.U8();
            if (size is not (8 or 16)) throw reader.Path.Error($"a constant IV of {size} bytes is not 8 or 16 long");
            constant = reader.Bytes(size);
        }
        return new EncryptionParameters { IsProtected = isProtected == 1, PatternByte = patternByte, IvSize = ivSize, KeyId = keyId, ConstantIv = constant };
    }

    public byte[] ToGroupEntry()
    {
        var writer = new BoxWriter(2 + Size);
        writer.U8(0);
        writer.U8(PatternByte);
        Write(writer);
        return writer.ToArray();
    }

    public void Write(BoxWriter writer)
    {
        writer.U8((byte)(IsProtected ? 1 : 0));
        writer.U8((byte)IvSize);
        writer.KeyId(KeyId);
        if (!HasConstantIv) return;
        writer.U8((byte)ConstantIv.Length);
        writer.Bytes(ConstantIv.Span);
    }
}
