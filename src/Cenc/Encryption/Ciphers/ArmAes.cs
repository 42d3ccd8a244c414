using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Aes = System.Runtime.Intrinsics.Arm.Aes;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>
/// The AES instructions of Armv8. AESE adds its key first and then substitutes, so that round n takes the key of round n - 1, nothing is
/// added before the first, and the last key is added by itself.
/// </summary>
internal readonly struct ArmAes : IAesInstructions
{
    public static AesEngineKind Kind => AesEngineKind.Arm;

    public static bool IsSupported => Aes.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Whitening(ref Vector128<byte> keys) => Vector128<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> RoundKey(ref Vector128<byte> keys, int round) => Unsafe.Add(ref keys, round - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Encrypt(Vector128<byte> block, Vector128<byte> roundKey) => Aes.MixColumns(Aes.Encrypt(block, roundKey));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Decrypt(Vector128<byte> block, Vector128<byte> roundKey) => Aes.InverseMixColumns(Aes.Decrypt(block, roundKey));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> EndEncrypt(Vector128<byte> block, ref Vector128<byte> keys, Vector128<byte> lastKey) =>
        Aes.Encrypt(block, Unsafe.Add(ref keys, AesKeySchedule.Rounds - 1)) ^ lastKey;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> EndDecrypt(Vector128<byte> block, ref Vector128<byte> keys, Vector128<byte> lastKey) =>
        Aes.Decrypt(block, Unsafe.Add(ref keys, AesKeySchedule.Rounds - 1)) ^ lastKey;

    public static Vector128<byte> InverseMixColumns(Vector128<byte> roundKey) => Aes.InverseMixColumns(roundKey);

    // With four equal columns ShiftRows changes nothing, and a zero key leaves the bare S-box.
    public static uint SubstituteWord(uint word) => Aes.Encrypt(Vector128.Create(word).AsByte(), Vector128<byte>.Zero).AsUInt32().ToScalar();
}
