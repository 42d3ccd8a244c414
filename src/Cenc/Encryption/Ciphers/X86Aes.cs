using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>AES-NI. (The 256- and 512-bit forms, VAES, have no intrinsics in .NET 10.)</summary>
internal readonly struct X86Aes : IAesInstructions
{
    public static AesEngineKind Kind => AesEngineKind.X86;

    public static bool IsSupported => Aes.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Whitening(ref Vector128<byte> keys) => keys;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> RoundKey(ref Vector128<byte> keys, int round) => Unsafe.Add(ref keys, round);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Encrypt(Vector128<byte> block, Vector128<byte> roundKey) => Aes.Encrypt(block, roundKey);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Decrypt(Vector128<byte> block, Vector128<byte> roundKey) => Aes.Decrypt(block, roundKey);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> EndEncrypt(Vector128<byte> block, ref Vector128<byte> keys, Vector128<byte> lastKey) => Aes.EncryptLast(block, lastKey);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> EndDecrypt(Vector128<byte> block, ref Vector128<byte> keys, Vector128<byte> lastKey) => Aes.DecryptLast(block, lastKey);

    public static Vector128<byte> InverseMixColumns(Vector128<byte> roundKey) => Aes.InverseMixColumns(roundKey);

    // KeygenAssist substitutes the words 1 and 3; the first word of its result is word 1 without rotation or constant.
    public static uint SubstituteWord(uint word) => Aes.KeygenAssist(Vector128.Create(word).AsByte(), 0).AsUInt32().ToScalar();
}
