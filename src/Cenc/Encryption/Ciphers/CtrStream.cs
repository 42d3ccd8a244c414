using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>
/// The key stream of one sample. It runs on over the protected ranges, in the middle of a block too: ranges that other packagers write
/// are not multiples of 16 bytes (ISO/IEC 23001-7, 9.5).
/// </summary>
internal ref struct CtrStream
{
    private readonly AesEngine _engine;
    private readonly ulong _prefix;
    private ulong _counter;
    private Vector128<byte> _block;
    private int _used;

    /// <param name="engine">Does the blocks.</param>
    /// <param name="iv">8 or 16 bytes.</param>
    public CtrStream(AesEngine engine, ReadOnlySpan<byte> iv)
    {
        _engine = engine;
        _prefix = BinaryPrimitives.ReadUInt64BigEndian(iv);
        _counter = iv.Length == 16 ? BinaryPrimitives.ReadUInt64BigEndian(iv[8..]) : 0;
        _used = AesEngine.BlockSize;
    }

    /// <summary>Whole blocks at the given distance; what is left of a range stays as it is.</summary>
    public void XorBlocks(scoped Span<byte> range, int stride) => _engine.Ctr(range, stride, _prefix, ref _counter);

    /// <summary>Every byte of the range.</summary>
    public void Xor(Span<byte> range)
    {
        range = XorWithRest(range);
        var whole = range.Length & ~(AesEngine.BlockSize - 1);
        if (whole != 0) XorBlocks(range[..whole], AesEngine.BlockSize);
        if (whole == range.Length) return;

        Span<byte> next = stackalloc byte[AesEngine.BlockSize];
        next.Clear();
        XorBlocks(next, AesEngine.BlockSize);
        _block = Vector128.Create<byte>(next);
        _used = 0;
        CryptographicOperations.ZeroMemory(next);
        XorWithRest(range[whole..]);
    }

    /// <summary>Forgets the key stream kept for a next range.</summary>
    public void Clear() => _block = default;

    private Span<byte> XorWithRest(Span<byte> range)
    {
        var count = Math.Min(range.Length, AesEngine.BlockSize - _used);
        for (var i = 0; i < count; i++) range[i] ^= _block.GetElement(_used + i);
        _used += count;
        return range[count..];
    }
}
