namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// The sample encryption box of PIFF, which CENC made into <c>senc</c>: a <c>uuid</c> box with the id below, the same content, and with
/// flag 1 its own algorithm, IV size and key id in front.
/// </summary>
public sealed class PiffSencBox : Box
{
    private readonly ReadOnlyMemory<byte> _id;
    private readonly uint _versionAndFlags;
    private readonly ReadOnlyMemory<byte> _override;

    internal PiffSencBox(ref BoxReader reader)
        : base(BoxType.Uuid)
    {
        _id = reader.Bytes(16);
        _versionAndFlags = reader.U32();
        if ((_versionAndFlags & 1) != 0) _override = reader.Bytes(20);
        SampleCount = reader.U32();
        Entries = reader.Rest();
    }

    private static ReadOnlySpan<byte> Id => [0xA2, 0x39, 0x4F, 0x52, 0x5A, 0x9B, 0x4F, 0x14, 0xA2, 0x44, 0x6C, 0x42, 0x7C, 0x64, 0x8D, 0xF4];

    public bool HasSubsamples => (_versionAndFlags & SencBox.HasSubsamples) != 0;

    /// <summary>IV size and key id that replace those of the track, if the box has them.</summary>
    public (int IvSize, KeyId KeyId)? Override => _override.IsEmpty ? null : (_override.Span[3], new KeyId(_override.Span[4..]));

    public uint SampleCount { get; }

    public ReadOnlyMemory<byte> Entries { get; }

    internal override long BodySize => 24 + _override.Length + Entries.Length;

    internal static bool Matches(ReadOnlySpan<byte> content) => content.StartsWith(Id);

    internal override void WriteBody(BoxWriter writer)
    {
        writer.Bytes(_id.Span);
        writer.U32(_versionAndFlags);
        writer.Bytes(_override.Span);
        writer.U32(SampleCount);
        writer.Bytes(Entries.Span);
    }
}
