using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>
/// The 11 round keys of AES-128 for encryption and the 11 for the equivalent inverse cipher (FIPS 197, 5.2 and 5.3.5), in a pinned array
/// that is zeroed by <see cref="Clear"/>, at the latest when the collector finds it.
/// </summary>
internal sealed class AesKeySchedule
{
    public const int Rounds = 10;
    private const int Keys = Rounds + 1;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(2 * Keys * AesEngine.BlockSize, pinned: true);

    /// <param name="key">16 bytes.</param>
    /// <param name="substituteWord">The S-box on each byte of a word; by instructions, so that no table lookup depends on the key.</param>
    /// <param name="inverseMixColumns">InvMixColumns of a round key.</param>
    public AesKeySchedule(ReadOnlySpan<byte> key, Func<uint, uint> substituteWord, Func<Vector128<byte>, Vector128<byte>> inverseMixColumns)
    {
        key.CopyTo(_bytes);
        var words = MemoryMarshal.Cast<byte, uint>(_bytes.AsSpan(0, Keys * AesEngine.BlockSize));
        uint roundConstant = 1;
        for (var i = 4; i < words.Length; i++)
        {
            var word = words[i - 1];
            if (i % 4 == 0)
            {
                // Words are little-endian here, so RotWord is a rotation to the right.
                word = uint.RotateRight(substituteWord(word), 8) ^ roundConstant;
                roundConstant = (roundConstant << 1) ^ (roundConstant >= 0x80 ? 0x11Bu : 0);
            }

            words[i] = words[i - 4] ^ word;
        }

        for (var i = 0; i <= Rounds; i++)
        {
            var roundKey = Vector128.Create<byte>(_bytes.AsSpan((Rounds - i) * AesEngine.BlockSize, AesEngine.BlockSize));
            if (i is not (0 or Rounds)) roundKey = inverseMixColumns(roundKey);
            roundKey.CopyTo(_bytes.AsSpan((Keys + i) * AesEngine.BlockSize));
        }
    }

    ~AesKeySchedule() => Clear();

    /// <summary>The first of 11 round keys for encryption.</summary>
    public ref Vector128<byte> Encryption => ref Unsafe.As<byte, Vector128<byte>>(ref MemoryMarshal.GetArrayDataReference(_bytes));

    /// <summary>The first of 11 round keys for decryption, in the order of their use.</summary>
    public ref Vector128<byte> Decryption => ref Unsafe.Add(ref Encryption, Keys);

    /// <summary>Zeroes the keys; the engine that owns them sees to it that they are not used afterwards.</summary>
    public void Clear() => CryptographicOperations.ZeroMemory(_bytes);
}
