namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// The track encryption box of PIFF 1.1 (5.3.3), which CENC made into <c>tenc</c>: a <c>uuid</c> box with the id below, an algorithm,
/// an IV size and a key id. Its schemes are those of <c>cenc</c> and <c>cbc1</c> under one name.
/// </summary>
public sealed class PiffTencBox : Box
{
    private readonly ReadOnlyMemory<byte> _id;
    private readonly uint _versionAndFlags;
    private readonly uint _algorithmAndIvSize;

    internal PiffTencBox(ref BoxReader reader)
        : base(BoxType.Uuid)
    {
        _id = reader.Bytes(16);
        _versionAndFlags = reader.U32();
        _algorithmAndIvSize = reader.U32();
        var keyId = new KeyId(reader.Bytes(KeyId.Size).Span);
        var ivSize = (int)(_algorithmAndIvSize & 0xFF);
        if (Algorithm > 2) throw reader.Path.Error($"an algorithm of {Algorithm} is not 0, 1 or 2");
        if (Algorithm != 0 && ivSize is not (8 or 16)) throw reader.Path.Error($"an IV size of {ivSize} is not 8 or 16");
        Parameters = new EncryptionParameters { IsProtected = Algorithm != 0, PatternByte = 0, IvSize = Algorithm == 0 ? 0 : ivSize, KeyId = keyId };
    }

    /// <summary>0 clear, 1 AES-CTR, 2 AES-CBC.</summary>
    public int Algorithm => (int)(_algorithmAndIvSize >> 8);

    public KeyId DefaultKeyId => Parameters.KeyId;

    /// <summary>The scheme of today that the algorithm is.</summary>
    internal ProtectionScheme Scheme => Algorithm == 2 ? ProtectionScheme.Cbc1 : ProtectionScheme.Cenc;

    internal EncryptionParameters Parameters { get; }

    internal override long BodySize => 24 + KeyId.Size;

    private static ReadOnlySpan<byte> Id => [0x89, 0x74, 0xDB, 0xCE, 0x7B, 0xE7, 0x4C, 0x51, 0x84, 0xF9, 0x71, 0x48, 0xF9, 0x88, 0x25, 0x54];

    internal static bool Matches(ReadOnlySpan<byte> content) => content.StartsWith(Id);

    internal override void WriteBody(BoxWriter writer)
    {
        writer.Bytes(_id.Span);
        writer.U32(_versionAndFlags);
        writer.U32(_algorithmAndIvSize);
        writer.KeyId(Parameters.KeyId);
    }
}
