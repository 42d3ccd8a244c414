using System.Buffers.Binary;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>The outside of an SPC, of the versions 1, 2 and 3: what is readable without the private key.</summary>
/// <remarks>
/// Versions 1 and 2: version (4), reserved (4), IV (16), wrapped key (128 or 256), SHA-1 of the certificate (20), payload length (4),
/// payload. Version 3: version (4), reserved (4), transport id (16), wrapped master key (256), SHA-256 of the certificate (32), a block
/// with the payload length in its last 4 bytes (16), payload, AES-CMAC (16).
/// </remarks>
internal sealed record SpcContainer
{
    /// <summary>Bytes; real ones have 2 to 12 kB.</summary>
    public const int MaxSize = 64 * 1024;

    private const int CipherBlock = 16;
    private const int WrappedKeyV1 = 128;
    private const int WrappedKeyV2 = 256;
    private const int Sha1Size = 20;
    private const int Sha256Size = 32;

    /// <summary>1, 2 or 3.</summary>
    public required int Version { get; init; }

    /// <summary>Empty in version 3, where it follows from the master key.</summary>
    public required ReadOnlyMemory<byte> Iv { get; init; }

    public required ReadOnlyMemory<byte> WrappedKey { get; init; }

    /// <summary>SHA-1 (20 bytes) in the versions 1 and 2, SHA-256 (32 bytes) in version 3.</summary>
    public required ReadOnlyMemory<byte> CertificateHash { get; init; }

    /// <summary>Enciphered; whole cipher blocks, at least one.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Version 3 alone: the code over everything from the wrapped key to the payload.</summary>
    public ReadOnlyMemory<byte> Mac { get; init; }

    /// <summary>Version 3 alone: what <see cref="Mac"/> covers.</summary>
    public ReadOnlyMemory<byte> Authenticated { get; init; }

    private static ReadOnlySpan<byte> TransportV3 => [0x66, 0x44, 0xff, 0x2b, 0xa8, 0x7c, 0x99, 0xb6, 0xff, 0x96, 0x55, 0x27, 0x0c, 0xd0, 0x68, 0xa6];

    /// <exception cref="FairPlayException">SpcVersion, Version or Parse.</exception>
    public static SpcContainer Parse(ReadOnlyMemory<byte> spc)
    {
        if (spc.Length > MaxSize) throw new FairPlayException(FairPlayStatus.Parse, $"The SPC has more than {MaxSize} bytes.");
        var input = new Input(spc);
        var version = input.U32();
        input.Take(4);
        return version switch
        {
            1 => ReadSealed(ref input, 1, WrappedKeyV1),
            2 => ReadSealed(ref input, 2, WrappedKeyV2),
            3 => ReadV3(ref input),
            _ => throw new FairPlayException(FairPlayStatus.SpcVersion, "The SPC's version is none of 1, 2 and 3."),
        };
    }

    private static SpcContainer ReadSealed(ref Input input, int version, int wrappedKeySize) => new()
    {
        Version = version,
        Iv = input.Take(CipherBlock),
        WrappedKey = input.Take(wrappedKeySize),
        CertificateHash = input.Take(Sha1Size),
        Payload = TakePayload(ref input),
    };

    private static SpcContainer ReadV3(ref Input input)
    {
        if (!input.Take(TransportV3.Length).Span.SequenceEqual(TransportV3)) throw new FairPlayException(FairPlayStatus.Version, "The SPC's transport is not known.");
        var authenticated = input.Rest;
        var container = new SpcContainer
        {
            Version = 3,
            Iv = default,
            WrappedKey = input.Take(WrappedKeyV2),
            CertificateHash = input.Take(Sha256Size),
            Payload = TakePaddedPayload(ref input),
        };
        return container with { Authenticated = authenticated[..^input.Rest.Length], Mac = input.Take(CipherBlock) };
    }

    private static ReadOnlyMemory<byte> TakePaddedPayload(ref Input input)
    {
        input.Take(12);
        return TakePayload(ref input);
    }

    private static ReadOnlyMemory<byte> TakePayload(ref Input input)
    {
        var length = input.U32();
        if (length == 0 || length % CipherBlock != 0) throw new FairPlayException(FairPlayStatus.Parse, "The SPC's payload is not made of whole cipher blocks.");
        return input.Take(length);
    }

    private struct Input(ReadOnlyMemory<byte> rest)
    {
        public ReadOnlyMemory<byte> Rest { get; private set; } = rest;

        public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4).Span);

        public ReadOnlyMemory<byte> Take(uint count)
        {
            if (count > (uint)Rest.Length) throw new FairPlayException(FairPlayStatus.Parse, "The SPC ends too early.");
            var taken = Rest[..(int)count];
            Rest = Rest[(int)count..];
            return taken;
        }

        public ReadOnlyMemory<byte> Take(int count) => Take((uint)count);
    }
}
