namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Protection system specific header (ISO/IEC 23001-7, 8.1). Its data belongs to the DRM system and stays raw here: <see cref="Pssh.PsshBox"/> reads and builds it.</summary>
public sealed class RawPsshBox : FullBox
{
    private readonly ReadOnlyMemory<byte> _id;
    private readonly ReadOnlyMemory<byte> _keyIds;

    internal RawPsshBox(ref BoxReader reader)
        : base(BoxType.Pssh, ref reader)
    {
        _id = reader.Bytes(16);
        if (Version > 0)
        {
            var count = reader.U32();
            _keyIds = reader.Table(count, Cenc.KeyId.Size);
        }
        var size = reader.U32();
        if (size > reader.Remaining) throw reader.Path.Error($"says {size} bytes of data, has {reader.Remaining}");
        Data = reader.Bytes((int)size);
    }

    public Guid SystemId => new(_id.Span, bigEndian: true);

    /// <summary>Version 1 only; empty in version 0.</summary>
    public IReadOnlyList<KeyId> KeyIds
    {
        get
        {
            var ids = new KeyId[_keyIds.Length / KeyId.Size];
            for (var i = 0; i < ids.Length; i++) ids[i] = new KeyId(_keyIds.Span.Slice(i * KeyId.Size, KeyId.Size));
            return ids;
        }
    }

    public ReadOnlyMemory<byte> Data { get; }

    internal override long FieldsSize => 16 + (Version > 0 ? 4 + _keyIds.Length : 0) + 4 + Data.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.Bytes(_id.Span);
        if (Version > 0)
        {
            writer.U32((uint)(_keyIds.Length / KeyId.Size));
            writer.Bytes(_keyIds.Span);
        }
        writer.U32((uint)Data.Length);
        writer.Bytes(Data.Span);
    }
}
