using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>
/// A FairPlay device, written from the published layout and apart from the product: builds SPCs, right or with any element changed, and opens
/// CKCs as strictly as it can.
/// </summary>
internal sealed class TestDevice
{
    public const ulong SessionBlockTag = 0x3d1a10b8bffac2ec;
    public const ulong IntegrityTag = 0xb349d4809e910687;
    public const ulong SeedTag = 0x89c90f12204106b2;
    public const ulong R2Tag = 0x71b5595ac1521133;
    public const ulong ReturnTag = 0x19f9d4e5ab7609cb;
    public const ulong AssetTag = 0x1bf7f53f5d5d5a1f;
    public const ulong TransactionTag = 0x47aa7ad3440577de;
    public const ulong UsedTag = 0x5d81bcbcc7f61703;
    public const ulong SupportedTag = 0x67b8fb79ecce1a13;
    public const ulong PlaybackTag = 0xeb8efdf2b25ab3a0;
    public const ulong CapabilitiesTag = 0x9c02af3253c07fb2;
    public const ulong ReportTag = 0xb18ee16ea50f6c02;
    public const ulong DeviceTag = 0xd43fc6abc596aae7;

    public const ulong Baseline = 0x32f0004966a5c4f8;
    public const ulong Main = 0x4e7fd92421d588b4;

    private readonly byte[] _r2 = RandomNumberGenerator.GetBytes(21);

    public TestDevice(string asset, byte[]? deviceId = null)
        : this(System.Text.Encoding.UTF8.GetBytes(asset), deviceId)
    {
    }

    public TestDevice(byte[] asset, byte[]? deviceId = null)
    {
        Secrets = new Session(RandomNumberGenerator.GetBytes(16), deviceId ?? RandomNumberGenerator.GetBytes(20), RandomNumberGenerator.GetBytes(44), RandomNumberGenerator.GetBytes(16));
        var integrity = RandomNumberGenerator.GetBytes(16);
        Elements[IntegrityTag] = integrity;
        Elements[SessionBlockTag] = SessionBlock(integrity);
        Elements[SeedTag] = Secrets.Seed;
        Elements[R2Tag] = _r2;
        Elements[AssetTag] = asset;
        Elements[TransactionTag] = RandomNumberGenerator.GetBytes(8);
        Elements[UsedTag] = U32(1);
        Elements[SupportedTag] = U32(1, 2, 3);
        Returns = [TransactionTag];
    }

    public Session Secrets { get; }

    /// <summary>By tag; change, remove or add at will.</summary>
    public SortedDictionary<ulong, byte[]> Elements { get; } = [];

    /// <summary>Tags to be echoed; null leaves the request out.</summary>
    public List<ulong>? Returns { get; set; }

    public TestDevice Playing(uint state = 0xf4dee5a2, ulong session = 7)
    {
        Elements[PlaybackTag] = [.. U32(1_700_000_000, state), .. U64(session)];
        return this;
    }

    /// <param name="capabilities">By default everything that the level implies.</param>
    public TestDevice Reporting(ulong? level, ulong? capabilities = null, uint denyList = 40)
    {
        if (level is { } known) Elements[ReportTag] = [.. U32(1, 0), .. U64(known), .. U32(denyList)];
        Elements[CapabilitiesTag] = [.. U64(0), .. U64(capabilities ?? level switch { Main => 0b111111ul, Baseline => 0b011011, _ => 0b000011 })];
        Elements[DeviceTag] = [.. U64(0x8551fd5e31f479b3), .. U32(0x00110401)];
        return this;
    }

    /// <summary>The elements one after the other, in the order of their tags.</summary>
    public byte[] Payload()
    {
        if (Returns is not null) Elements[ReturnTag] = [.. Returns.SelectMany(tag => U64(tag))];
        return [.. Elements.SelectMany(element => Element(element.Key, element.Value))];
    }

    public byte[] SpcV1() => Seal(1, FairPlayVectors.Certificate(0), FairPlayVectors.PrivateKey(0), RSAEncryptionPadding.OaepSHA1, Payload());

    public byte[] SpcV2() => Seal(2, FairPlayVectors.Certificate(1), FairPlayVectors.PrivateKey(1), RSAEncryptionPadding.OaepSHA256, Payload());

    public static byte[] Seal(int version, byte[] certificate, string privateKey, RSAEncryptionPadding padding, byte[] payload)
    {
        var (key, iv) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16));
        using var rsa = RSA.Create();
        rsa.ImportFromPem(privateKey);
        using var aes = Aes.Create();
        aes.Key = key;
        return [.. U32((uint)version, 0), .. iv, .. rsa.Encrypt(key, padding), .. SHA1.HashData(certificate), .. U32((uint)payload.Length), .. aes.EncryptCbc(payload, iv, PaddingMode.None)];
    }

    public static byte[] Element(ulong tag, byte[] value)
    {
        var padding = (16 - value.Length % 16) % 16;
        return [.. U64(tag), .. U32((uint)(value.Length + padding), (uint)value.Length), .. value, .. RandomNumberGenerator.GetBytes(padding)];
    }

    public Ckc Open(ReadOnlySpan<byte> ckc) => Open(Secrets, ckc);

    /// <summary>Opens a CKC; whatever is not as it should be fails the test.</summary>
    public static Ckc Open(Session session, ReadOnlySpan<byte> ckc)
    {
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32BigEndian(ckc));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(ckc[4..]));
        Assert.Equal((uint)ckc.Length - 28, BinaryPrimitives.ReadUInt32BigEndian(ckc[24..]));
        using var wrap = Aes.Create();
        wrap.Key = SHA1.HashData(session.R1)[..16];
        using var aes = Aes.Create();
        aes.Key = wrap.EncryptEcb(session.Seed, PaddingMode.None);
        var payload = aes.DecryptCbc(ckc[28..], ckc[8..24], PaddingMode.None).AsSpan();

        var elements = new Dictionary<ulong, (byte[] Value, byte[] Whole)>();
        while (!payload.IsEmpty)
        {
            var (tag, total, length) = (BinaryPrimitives.ReadUInt64BigEndian(payload), (int)BinaryPrimitives.ReadUInt32BigEndian(payload[8..]), (int)BinaryPrimitives.ReadUInt32BigEndian(payload[12..]));
            Assert.Equal(0, total % 16);
            Assert.InRange(length, 0, total);
            elements.Add(tag, (payload.Slice(16, length).ToArray(), payload[..(16 + total)].ToArray()));
            payload = payload[(16 + total)..];
        }

        Assert.Equal(session.R1, elements[0xea74c4645d5efee9].Value);
        using var unwrap = Aes.Create();
        unwrap.Key = session.Key;
        var content = elements[0x58b38165af0e3d5a].Value;
        Assert.Equal(32, content.Length);
        return new Ckc(unwrap.DecryptEcb(content.AsSpan(16), PaddingMode.None), content[..16], elements);
    }

    private byte[] SessionBlock(byte[] integrity)
    {
        var dask = new byte[16];
        StandInDFunction.Derive(_r2, FairPlayVectors.Ask, dask);
        var iv = RandomNumberGenerator.GetBytes(16);
        using var aes = Aes.Create();
        aes.Key = dask;
        byte[] block = [.. Secrets.Key, .. Secrets.DeviceId, .. Secrets.R1, .. integrity];
        return [.. iv, .. aes.EncryptCbc(block, iv, PaddingMode.None)];
    }

    public static byte[] U32(params uint[] values)
    {
        var bytes = new byte[values.Length * 4];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), values[i]);
        return bytes;
    }

    public static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    internal sealed record Session(byte[] Key, byte[] DeviceId, byte[] R1, byte[] Seed);

    internal sealed record Ckc(byte[] Key, byte[] Iv, IReadOnlyDictionary<ulong, (byte[] Value, byte[] Whole)> Elements)
    {
        public ulong? Hdcp => Elements.TryGetValue(0x2e52f1530d8ddb4a, out var found) ? BinaryPrimitives.ReadUInt64BigEndian(found.Value) : null;

        public ulong? RequiredLevel => Elements.TryGetValue(0x644cb1dac0313250, out var found) ? BinaryPrimitives.ReadUInt64BigEndian(found.Value.AsSpan(8)) : null;

        /// <summary>Lease, rental, type.</summary>
        public (uint Lease, uint Rental, uint Type)? Duration
        {
            get
            {
                if (!Elements.TryGetValue(0x47acf6a418cd091a, out var found)) return null;
                Assert.Equal(16, found.Value.Length);
                Assert.Equal(0x86d34a3au, BinaryPrimitives.ReadUInt32BigEndian(found.Value.AsSpan(12)));
                return (BinaryPrimitives.ReadUInt32BigEndian(found.Value), BinaryPrimitives.ReadUInt32BigEndian(found.Value.AsSpan(4)), BinaryPrimitives.ReadUInt32BigEndian(found.Value.AsSpan(8)));
            }
        }

        public byte[]? Offline => Elements.TryGetValue(0x6375d9727060218c, out var found) ? found.Value : null;
    }
}
