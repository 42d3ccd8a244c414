using System.Buffers.Binary;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

/// <summary>Parameters and cipher of some samples: the last step of encryption and decryption, driven by the auxiliary information.</summary>
internal sealed class SampleProtection(EncryptionParameters parameters, SampleCryptor cryptor)
{
    private static readonly int MaxOnStack = 64;

    public EncryptionParameters Parameters { get; } = parameters;

    /// <param name="sample">All bytes, changed in place.</param>
    /// <param name="aux">IV, if it is not constant, then a subsample table or nothing.</param>
    public void Process(Span<byte> sample, ReadOnlySpan<byte> aux)
    {
        var iv = Parameters.IvSize == 0 ? Parameters.ConstantIv.Span : aux[..Parameters.IvSize];
        var table = aux[Parameters.IvSize..];
        if (table.IsEmpty)
        {
            cryptor.Process(sample, iv, default);
            return;
        }
        var count = BinaryPrimitives.ReadUInt16BigEndian(table);
        Span<Subsample> subsamples = count <= MaxOnStack ? stackalloc Subsample[count] : new Subsample[count];
        for (var i = 0; i < count; i++)
        {
            var entry = table[(2 + (i * 6))..];
            subsamples[i] = new Subsample(BinaryPrimitives.ReadUInt16BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[2..]));
        }
        cryptor.Process(sample, iv, subsamples);
    }
}

/// <summary>Ciphers by key and pattern, made once.</summary>
internal sealed class CryptorCache(CryptDirection direction, bool censIncludesPartialBlock) : IDisposable
{
    private readonly Dictionary<(KeyId, ProtectionScheme, byte), SampleCryptor> _cryptors = [];

    public SampleCryptor Get(KeyId keyId, ContentKey key, ProtectionScheme scheme, byte patternByte)
    {
        if (_cryptors.TryGetValue((keyId, scheme, patternByte), out var cryptor)) return cryptor;
        var pattern = new EncryptionPattern((byte)(patternByte >> 4), (byte)(patternByte & 15));
        cryptor = new SampleCryptor(key, scheme, pattern, direction) { CensIncludesPartialBlock = censIncludesPartialBlock };
        _cryptors.Add((keyId, scheme, patternByte), cryptor);
        return cryptor;
    }

    public void Dispose()
    {
        foreach (var cryptor in _cryptors.Values) cryptor.Dispose();
        _cryptors.Clear();
    }
}
