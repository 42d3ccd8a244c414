using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>
/// The fallback: the framework's calls over gathered blocks. One call per <see cref="BufferBlocks"/> blocks, because each call costs
/// about as much as encrypting 1 KiB. Also the reference that the other engines are tested against.
/// </summary>
internal sealed class PortableAesEngine : AesEngine
{
    private const int BufferBlocks = 256;

    private readonly Aes _aes;
    private readonly byte[] _buffer = GC.AllocateArray<byte>(BufferBlocks * BlockSize, pinned: true);
    private readonly byte[] _output = GC.AllocateArray<byte>(BufferBlocks * BlockSize, pinned: true);

    public PortableAesEngine(ReadOnlySpan<byte> key)
    {
        _aes = Aes.Create();
        _aes.SetKey(key);
    }

    public override AesEngineKind Kind => AesEngineKind.Portable;

    public override void Ctr(Span<byte> data, int stride, ulong prefix, ref ulong counter)
    {
        var offset = 0;
        for (var left = BlockCount(data.Length, stride); left > 0;)
        {
            var blocks = Math.Min(left, BufferBlocks);
            var counters = _buffer.AsSpan(0, blocks * BlockSize);
            for (var i = 0; i < counters.Length; i += BlockSize)
            {
                BinaryPrimitives.WriteUInt64BigEndian(counters[i..], prefix);
                BinaryPrimitives.WriteUInt64BigEndian(counters[(i + 8)..], counter);
                unchecked { counter++; }
            }

            var keyStream = _output.AsSpan(0, counters.Length);
            _aes.EncryptEcb(counters, keyStream, PaddingMode.None);
            for (var i = 0; i < blocks; i++, offset += stride)
            {
                var block = data.Slice(offset, BlockSize);
                (Vector128.Create<byte>(block) ^ Vector128.Create<byte>(keyStream.Slice(i * BlockSize, BlockSize))).CopyTo(block);
            }

            left -= blocks;
        }
    }

    public override void CbcEncrypt(Span<byte> data, int stride, ref Vector128<byte> chain) =>
        Cbc(data, stride, ref chain, CryptDirection.Encrypt);

    public override void CbcDecrypt(Span<byte> data, int stride, ref Vector128<byte> chain) =>
        Cbc(data, stride, ref chain, CryptDirection.Decrypt);

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_buffer);
        CryptographicOperations.ZeroMemory(_output);
        if (disposing) _aes.Dispose();
    }

    private void Cbc(Span<byte> data, int stride, ref Vector128<byte> chain, CryptDirection direction)
    {
        Span<byte> iv = stackalloc byte[BlockSize];
        var offset = 0;
        for (var left = BlockCount(data.Length, stride); left > 0;)
        {
            var blocks = Math.Min(left, BufferBlocks);
            var input = _buffer.AsSpan(0, blocks * BlockSize);
            var output = _output.AsSpan(0, input.Length);
            for (var i = 0; i < blocks; i++) data.Slice(offset + (i * stride), BlockSize).CopyTo(input[(i * BlockSize)..]);

            chain.CopyTo(iv);
            if (direction == CryptDirection.Encrypt) _aes.EncryptCbc(input, iv, output, PaddingMode.None);
            else _aes.DecryptCbc(input, iv, output, PaddingMode.None);
            chain = Vector128.Create<byte>((direction == CryptDirection.Encrypt ? output : input)[^BlockSize..]);

            for (var i = 0; i < blocks; i++, offset += stride) output.Slice(i * BlockSize, BlockSize).CopyTo(data[offset..]);
            left -= blocks;
        }
    }
}
