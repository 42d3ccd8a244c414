using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>
/// AES by the processor's instructions. A round takes 3 to 4 cycles but one or two can start in each, so counter mode and CBC decryption
/// keep eight blocks in flight; CBC encryption is a chain, one block after another.
/// </summary>
internal sealed unsafe class InstructionAesEngine<T> : AesEngine
    where T : struct, IAesInstructions
{
    private const int Lanes = 8;

    private readonly AesKeySchedule _keys;

    public InstructionAesEngine(ReadOnlySpan<byte> key) => _keys = new AesKeySchedule(key, T.SubstituteWord, T.InverseMixColumns);

    public override AesEngineKind Kind => T.Kind;

    // The loops are compiled optimized at once: a command that runs for half a second would spend much of it in the slow first tier.
    // A reference into the key array does not keep its owner from being finalized, and the finalizer zeroes: hence KeepAlive.
    public override void Ctr(Span<byte> data, int stride, ulong prefix, ref ulong counter)
    {
        fixed (byte* at = data) CtrCore(at, BlockCount(data.Length, stride), stride, prefix, ref counter);
        GC.KeepAlive(_keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CtrCore(byte* at, int left, nint step, ulong prefix, ref ulong counter)
    {
        ref var keys = ref _keys.Encryption;
        var start = Vector128.CreateScalar(BinaryPrimitives.ReverseEndianness(prefix));
        var next = counter;
        for (; left > 0; left--)
        {
            // A group starts at a multiple of eight: its counters differ in three bits of the last byte only.
            for (; left >= Lanes && (next & (Lanes - 1)) == 0; left -= Lanes)
            {
                var b0 = CounterBlock(start, next) ^ T.Whitening(ref keys);
                var b1 = b0 ^ LastByte(1);
                var b2 = b0 ^ LastByte(2);
                var b3 = b0 ^ LastByte(3);
                var b4 = b0 ^ LastByte(4);
                var b5 = b0 ^ LastByte(5);
                var b6 = b0 ^ LastByte(6);
                var b7 = b0 ^ LastByte(7);
                next = unchecked(next + Lanes);
                Encrypt(ref keys, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5, ref b6, ref b7);
                XorBlock(at, b0);
                XorBlock(at + step, b1);
                XorBlock(at + (step * 2), b2);
                XorBlock(at + (step * 3), b3);
                XorBlock(at + (step * 4), b4);
                XorBlock(at + (step * 5), b5);
                XorBlock(at + (step * 6), b6);
                XorBlock(at + (step * 7), b7);
                at += step * Lanes;
            }

            if (left == 0) break;
            XorBlock(at, Encrypt(CounterBlock(start, next), ref keys));
            at += step;
            next = unchecked(next + 1);
        }

        counter = next;
    }

    public override void CbcEncrypt(Span<byte> data, int stride, ref Vector128<byte> chain)
    {
        fixed (byte* at = data) CbcEncryptCore(at, BlockCount(data.Length, stride), stride, ref chain);
        GC.KeepAlive(_keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CbcEncryptCore(byte* at, int left, nint step, ref Vector128<byte> chain)
    {
        if (left == 0) return;
        ref var keys = ref _keys.Encryption;

        // The chain is all that counts here: adding the next block and the whitening to the last round key spares it two additions a block.
        var lastKey = Unsafe.Add(ref keys, AesKeySchedule.Rounds);
        var carry = lastKey ^ T.Whitening(ref keys);
        var state = chain ^ Vector128.Load(at) ^ T.Whitening(ref keys);
        for (; left > 1; left--)
        {
            var mask = carry ^ Vector128.Load(at + step);
            state = Rounds(state, ref keys);
            T.EndEncrypt(state, ref keys, lastKey).Store(at);
            state = T.EndEncrypt(state, ref keys, mask);
            at += step;
        }

        chain = T.EndEncrypt(Rounds(state, ref keys), ref keys, lastKey);
        chain.Store(at);
    }

    public override void CbcDecrypt(Span<byte> data, int stride, ref Vector128<byte> chain)
    {
        fixed (byte* at = data) CbcDecryptCore(at, BlockCount(data.Length, stride), stride, ref chain);
        GC.KeepAlive(_keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CbcDecryptCore(byte* at, int left, nint step, ref Vector128<byte> chain)
    {
        ref var keys = ref _keys.Decryption;
        var last = chain;
        for (; left >= Lanes; left -= Lanes)
        {
            var b0 = Vector128.Load(at) ^ T.Whitening(ref keys);
            var b1 = Vector128.Load(at + step) ^ T.Whitening(ref keys);
            var b2 = Vector128.Load(at + (step * 2)) ^ T.Whitening(ref keys);
            var b3 = Vector128.Load(at + (step * 3)) ^ T.Whitening(ref keys);
            var b4 = Vector128.Load(at + (step * 4)) ^ T.Whitening(ref keys);
            var b5 = Vector128.Load(at + (step * 5)) ^ T.Whitening(ref keys);
            var b6 = Vector128.Load(at + (step * 6)) ^ T.Whitening(ref keys);
            var b7 = Vector128.Load(at + (step * 7)) ^ T.Whitening(ref keys);
            var following = Vector128.Load(at + (step * 7));
            Decrypt(ref keys, ref b0, ref b1, ref b2, ref b3, ref b4, ref b5, ref b6, ref b7);

            // From the last block on: each cipher block is read again just before its place is overwritten.
            (b7 ^ Vector128.Load(at + (step * 6))).Store(at + (step * 7));
            (b6 ^ Vector128.Load(at + (step * 5))).Store(at + (step * 6));
            (b5 ^ Vector128.Load(at + (step * 4))).Store(at + (step * 5));
            (b4 ^ Vector128.Load(at + (step * 3))).Store(at + (step * 4));
            (b3 ^ Vector128.Load(at + (step * 2))).Store(at + (step * 3));
            (b2 ^ Vector128.Load(at + step)).Store(at + (step * 2));
            (b1 ^ Vector128.Load(at)).Store(at + step);
            (b0 ^ last).Store(at);
            last = following;
            at += step * Lanes;
        }

        for (; left > 0; left--)
        {
            var cipher = Vector128.Load(at);
            (Decrypt(cipher, ref keys) ^ last).Store(at);
            last = cipher;
            at += step;
        }

        chain = last;
    }

    protected override void Dispose(bool disposing) => _keys.Clear();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> CounterBlock(Vector128<ulong> prefix, ulong counter) =>
        prefix.WithElement(1, BinaryPrimitives.ReverseEndianness(counter)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> LastByte(byte value) => Vector128.Create(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorBlock(byte* at, Vector128<byte> keyStream) => (Vector128.Load(at) ^ keyStream).Store(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Encrypt(Vector128<byte> block, ref Vector128<byte> keys) =>
        T.EndEncrypt(Rounds(block ^ T.Whitening(ref keys), ref keys), ref keys, Unsafe.Add(ref keys, AesKeySchedule.Rounds));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Rounds(Vector128<byte> block, ref Vector128<byte> keys)
    {
        block = T.Encrypt(block, T.RoundKey(ref keys, 1));
        block = T.Encrypt(block, T.RoundKey(ref keys, 2));
        block = T.Encrypt(block, T.RoundKey(ref keys, 3));
        block = T.Encrypt(block, T.RoundKey(ref keys, 4));
        block = T.Encrypt(block, T.RoundKey(ref keys, 5));
        block = T.Encrypt(block, T.RoundKey(ref keys, 6));
        block = T.Encrypt(block, T.RoundKey(ref keys, 7));
        block = T.Encrypt(block, T.RoundKey(ref keys, 8));
        block = T.Encrypt(block, T.RoundKey(ref keys, 9));
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Decrypt(Vector128<byte> block, ref Vector128<byte> keys)
    {
        block ^= T.Whitening(ref keys);
        for (var round = 1; round < AesKeySchedule.Rounds; round++) block = T.Decrypt(block, T.RoundKey(ref keys, round));
        return T.EndDecrypt(block, ref keys, Unsafe.Add(ref keys, AesKeySchedule.Rounds));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Encrypt(
        ref Vector128<byte> keys,
        ref Vector128<byte> b0,
        ref Vector128<byte> b1,
        ref Vector128<byte> b2,
        ref Vector128<byte> b3,
        ref Vector128<byte> b4,
        ref Vector128<byte> b5,
        ref Vector128<byte> b6,
        ref Vector128<byte> b7)
    {
        for (var round = 1; round < AesKeySchedule.Rounds; round++)
        {
            var key = T.RoundKey(ref keys, round);
            b0 = T.Encrypt(b0, key);
            b1 = T.Encrypt(b1, key);
            b2 = T.Encrypt(b2, key);
            b3 = T.Encrypt(b3, key);
            b4 = T.Encrypt(b4, key);
            b5 = T.Encrypt(b5, key);
            b6 = T.Encrypt(b6, key);
            b7 = T.Encrypt(b7, key);
        }

        var last = Unsafe.Add(ref keys, AesKeySchedule.Rounds);
        b0 = T.EndEncrypt(b0, ref keys, last);
        b1 = T.EndEncrypt(b1, ref keys, last);
        b2 = T.EndEncrypt(b2, ref keys, last);
        b3 = T.EndEncrypt(b3, ref keys, last);
        b4 = T.EndEncrypt(b4, ref keys, last);
        b5 = T.EndEncrypt(b5, ref keys, last);
        b6 = T.EndEncrypt(b6, ref keys, last);
        b7 = T.EndEncrypt(b7, ref keys, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Decrypt(
        ref Vector128<byte> keys,
        ref Vector128<byte> b0,
        ref Vector128<byte> b1,
        ref Vector128<byte> b2,
        ref Vector128<byte> b3,
        ref Vector128<byte> b4,
        ref Vector128<byte> b5,
        ref Vector128<byte> b6,
        ref Vector128<byte> b7)
    {
        for (var round = 1; round < AesKeySchedule.Rounds; round++)
        {
            var key = T.RoundKey(ref keys, round);
            b0 = T.Decrypt(b0, key);
            b1 = T.Decrypt(b1, key);
            b2 = T.Decrypt(b2, key);
            b3 = T.Decrypt(b3, key);
            b4 = T.Decrypt(b4, key);
            b5 = T.Decrypt(b5, key);
            b6 = T.Decrypt(b6, key);
            b7 = T.Decrypt(b7, key);
        }

        var last = Unsafe.Add(ref keys, AesKeySchedule.Rounds);
        b0 = T.EndDecrypt(b0, ref keys, last);
        b1 = T.EndDecrypt(b1, ref keys, last);
        b2 = T.EndDecrypt(b2, ref keys, last);
        b3 = T.EndDecrypt(b3, ref keys, last);
        b4 = T.EndDecrypt(b4, ref keys, last);
        b5 = T.EndDecrypt(b5, ref keys, last);
        b6 = T.EndDecrypt(b6, ref keys, last);
        b7 = T.EndDecrypt(b7, ref keys, last);
    }
}
