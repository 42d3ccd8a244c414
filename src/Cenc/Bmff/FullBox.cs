namespace DrmHub.Cenc.Bmff;

/// <summary>A box that starts with a version and 24 flag bits (ISO/IEC 14496-12, 4.2).</summary>
public abstract class FullBox : Box
{
    private uint _versionAndFlags;

    private protected FullBox(uint type, byte version, uint flags)
        : base(type)
    {
        Version = version;
        Flags = flags;
    }

    private protected FullBox(uint type, ref BoxReader reader)
        : base(type) => _versionAndFlags = reader.U32();

    public byte Version
    {
        get => (byte)(_versionAndFlags >> 24);
        internal set => _versionAndFlags = (_versionAndFlags & 0xFFFFFF) | ((uint)value << 24);
    }

    public uint Flags
    {
        get => _versionAndFlags & 0xFFFFFF;
        internal set => _versionAndFlags = (_versionAndFlags & 0xFF000000) | (value & 0xFFFFFF);
    }

    internal sealed override long BodySize => 4 + FieldsSize;

    /// <summary>Bytes behind version and flags.</summary>
    internal abstract long FieldsSize { get; }

    internal sealed override void WriteBody(BoxWriter writer)
    {
        writer.U32(_versionAndFlags);
        WriteFields(writer);
    }

    internal abstract void WriteFields(BoxWriter writer);
}
