using System.Runtime.Intrinsics;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>Which instructions an <see cref="AesEngine"/> uses.</summary>
internal enum AesEngineKind
{
    /// <summary>The framework's <see cref="System.Security.Cryptography.Aes"/>: everywhere.</summary>
    Portable,

    /// <summary>AES-NI.</summary>
    X86,

    /// <summary>The cryptographic extension of Armv8.</summary>
    Arm,
}

/// <summary>
/// AES-128 (FIPS 197) in the two modes of ISO/IEC 23001-7, over contiguous or regularly spaced blocks. An implementer works in place,
/// touches only the blocks that it is told of, owns the expanded key and zeroes it. Not for use by several threads at once.
/// </summary>
/// <remarks>
/// <c>stride</c> is the distance in bytes from one block to the next: 16 for contiguous data, 160 for the pattern 1:9. The blocks start
/// at 0, stride, 2·stride… as long as 16 whole bytes are there. Callers check arguments; engines only trust spans.
/// </remarks>
internal abstract class AesEngine : IDisposable
{
    public const int BlockSize = 16;

    public abstract AesEngineKind Kind { get; }

    public static bool IsSupported(AesEngineKind kind) => kind switch
    {
        AesEngineKind.Portable => true,
        AesEngineKind.X86 => X86Aes.IsSupported,
        AesEngineKind.Arm => ArmAes.IsSupported,
        _ => false,
    };

    /// <summary>The fastest engine of this processor.</summary>
    public static AesEngineKind Fastest =>
        X86Aes.IsSupported ? AesEngineKind.X86 : ArmAes.IsSupported ? AesEngineKind.Arm : AesEngineKind.Portable;

    /// <exception cref="PlatformNotSupportedException">The processor lacks the instructions.</exception>
    public static AesEngine Create(ReadOnlySpan<byte> key, AesEngineKind kind)
    {
        if (key.Length != 16) throw new ArgumentException("AES-128 takes a key of 16 bytes.", nameof(key));
        if (!IsSupported(kind)) throw new PlatformNotSupportedException($"This processor has no {kind} AES.");
        return kind switch
        {
            AesEngineKind.X86 => new InstructionAesEngine<X86Aes>(key),
            AesEngineKind.Arm => new InstructionAesEngine<ArmAes>(key),
            _ => new PortableAesEngine(key),
        };
    }

    /// <summary>Counter mode. Blocks are <c>prefix</c> (8 bytes) and a 64-bit counter, both big-endian; the counter wraps without carry.</summary>
    public abstract void Ctr(Span<byte> data, int stride, ulong prefix, ref ulong counter);

    /// <summary>CBC encryption; <paramref name="chain"/> is the IV, and after the call the last cipher block.</summary>
    public abstract void CbcEncrypt(Span<byte> data, int stride, ref Vector128<byte> chain);

    /// <summary>CBC decryption; <paramref name="chain"/> as in <see cref="CbcEncrypt"/>.</summary>
    public abstract void CbcDecrypt(Span<byte> data, int stride, ref Vector128<byte> chain);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected static int BlockCount(int length, int stride) => length < BlockSize ? 0 : ((length - BlockSize) / stride) + 1;

    protected abstract void Dispose(bool disposing);
}
