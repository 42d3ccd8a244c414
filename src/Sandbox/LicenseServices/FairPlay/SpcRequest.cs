using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using Tags = DrmHub.Sandbox.Wire.FairPlayTags;

namespace DrmHub.Sandbox.LicenseServices.FairPlay;

/// <summary>An SPC that was opened and checked: versions 1 and 2.</summary>
internal sealed class SpcRequest
{
    private const int HashSize = 20;
    private const int WrappedAt = 24;

    private SpcRequest(uint version, IReadOnlyDictionary<ulong, Tllv> blocks, byte[] session)
    {
        Version = version;
        Blocks = blocks;
        SessionKey = session[..16];
        Hu = session[16..36];
        R1 = session[36..80];
        AssetId = Encoding.UTF8.GetString(blocks[Tags.AssetId].Value.Span);
        if (blocks.TryGetValue(Tags.SecurityLevelReport, out var report)) ReadLevel(report);
        if (blocks.TryGetValue(Tags.Capabilities, out var capabilities)) Capabilities = BinaryPrimitives.ReadUInt64BigEndian(capabilities.Sized(16)[8..]);
    }

    public uint Version { get; }

    public IReadOnlyDictionary<ulong, Tllv> Blocks { get; }

    public byte[] SessionKey { get; }

    public byte[] Hu { get; }

    public byte[] R1 { get; }

    public string AssetId { get; }

    public FairPlayLevel Level { get; private set; } = FairPlayLevel.Old;

    public uint DenyListVersion { get; private set; }

    public ulong Capabilities { get; }

    public bool HasPlaybackState => Blocks.ContainsKey(Tags.PlaybackState);

    /// <exception cref="SandboxException">With Apple's number as its code.</exception>
    public static SpcRequest Open(ReadOnlyMemory<byte> spc)
    {
        var span = spc.Span;
        if (span.Length < WrappedAt) throw Error("-42581", "The SPC is cut off.");
        var version = BinaryPrimitives.ReadUInt32BigEndian(span);
        var bits = version switch { 1 => 1024, 2 => 2048, _ => throw Error("-42580", $"SPC version {version} is not served.") };
        var hashAt = WrappedAt + (bits / 8);
        var payloadAt = hashAt + HashSize + 4;
        if (span.Length < payloadAt) throw Error("-42581", "The SPC is cut off.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(span[(hashAt + HashSize)..]);
        if (length != span.Length - payloadAt || length == 0 || length % 16 != 0) throw Error("-42581", "The SPC's length does not fit.");

        var payload = Decrypt(span, bits, hashAt, payloadAt);
        var blocks = Tllv.ParseAll(payload);
        foreach (var tag in Tags.Required)
            if (!blocks.ContainsKey(tag)) throw Error("-42583", $"The block {tag:x16} is missing.");
        if (blocks[Tags.AssetId].Value.Length is < 2 or > 200) throw Error("-42581", "The asset id has not 2 to 200 bytes.");
        if (blocks[Tags.ReturnRequest].Value.Length % 8 != 0) throw Error("-42581", "The return request is no list of tags.");
        return new SpcRequest(version, blocks, OpenSession(blocks));
    }

    /// <summary>The blocks that the device wants back.</summary>
    public IEnumerable<Tllv> Returned()
    {
        var tags = Blocks[Tags.ReturnRequest].Value;
        for (var at = 0; at < tags.Length; at += 8)
        {
            var tag = BinaryPrimitives.ReadUInt64BigEndian(tags.Span[at..]);
            yield return Blocks.TryGetValue(tag, out var block) ? block : throw Error("-42583", $"The block {tag:x16} is to be returned and missing.");
        }
    }

    public static SandboxException Error(string code, string message) => new(SandboxFailure.Format, message, code);

    private static byte[] Decrypt(ReadOnlySpan<byte> spc, int bits, int hashAt, int payloadAt)
    {
        using var certificate = SandboxIdentities.FairPlay(bits);
        if (!spc.Slice(hashAt, HashSize).SequenceEqual(SHA1.HashData(certificate.RawData))) throw Error("-42605", "The SPC is for another certificate.");
        try
        {
            using var rsa = certificate.GetRSAPrivateKey()!;
            using var aes = Aes.Create();
            aes.SetKey(rsa.Decrypt(spc[WrappedAt..hashAt], RSAEncryptionPadding.OaepSHA1));
            return aes.DecryptCbc(spc[payloadAt..], spc.Slice(8, 16), PaddingMode.None);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Error("-42581", "The SPC cannot be decrypted.");
        }
    }

    private static byte[] OpenSession(IReadOnlyDictionary<ulong, Tllv> blocks)
    {
        var dask = new byte[16];
        SandboxDFunction.Derive(blocks[Tags.R2].Value.Span, SandboxFairPlay.Ask, dask);
        using var aes = Aes.Create();
        aes.SetKey(dask);
        var sealedKey = blocks[Tags.SessionKeyR1].Sized(112);
        var session = aes.DecryptCbc(sealedKey[16..], sealedKey[..16], PaddingMode.None);
        if (!CryptographicOperations.FixedTimeEquals(session.AsSpan(80), blocks[Tags.Integrity].Sized(16))) throw Error("-42589", "The integrity bytes do not fit.");
        return session;
    }

    private void ReadLevel(Tllv report)
    {
        var value = report.Sized(20);
        if (BinaryPrimitives.ReadUInt32BigEndian(value) != 1) throw Error("-42581", "The security level report is of an unknown version.");
        Level = BinaryPrimitives.ReadUInt64BigEndian(value[8..]) switch
        {
            Tags.LevelMain => FairPlayLevel.Main,
            Tags.LevelBaseline => FairPlayLevel.Baseline,
            _ => throw Error("-42581", "The reported security level is unknown."),
        };
        DenyListVersion = BinaryPrimitives.ReadUInt32BigEndian(value[16..]);
    }
}
