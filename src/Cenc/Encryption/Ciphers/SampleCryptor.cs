using System.Runtime.Intrinsics;
using DrmHub.Cenc.Encryption.Ciphers;

namespace DrmHub.Cenc.Encryption;

/// <summary>
/// Encrypts or decrypts samples in place with one key, scheme and pattern (ISO/IEC 23001-7, clauses 9 and 10). Owns an expanded key and
/// zeroes it when disposed. Reusable for any number of samples; not for use by several threads at once.
/// </summary>
public sealed class SampleCryptor : IDisposable
{
    private readonly AesEngine _engine;
    private readonly ProtectionScheme _scheme;
    private readonly CryptDirection _direction;
    private readonly int _cryptBytes;
    private readonly int _skipBytes;
    private bool _disposed;

    /// <param name="key">Copied into an expanded form; the caller still owns it.</param>
    /// <param name="scheme">One of the four schemes.</param>
    /// <param name="pattern">Blocks encrypted and skipped; without effect in cenc and cbc1.</param>
    /// <param name="direction">Encrypt or decrypt.</param>
    /// <exception cref="ArgumentOutOfRangeException">Unknown scheme or direction, or a pattern part above 15.</exception>
    /// <exception cref="CencFormatException">The pattern skips blocks but encrypts none.</exception>
    public SampleCryptor(ContentKey key, ProtectionScheme scheme, EncryptionPattern pattern, CryptDirection direction)
        : this(key, scheme, pattern, direction, AesEngine.Fastest)
    {
    }

    internal SampleCryptor(ContentKey key, ProtectionScheme scheme, EncryptionPattern pattern, CryptDirection direction, AesEngineKind engine)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!Enum.IsDefined(scheme)) throw new ArgumentOutOfRangeException(nameof(scheme));
        if (!Enum.IsDefined(direction)) throw new ArgumentOutOfRangeException(nameof(direction));
        if (pattern.CryptBlocks > 15 || pattern.SkipBlocks > 15) throw new ArgumentOutOfRangeException(nameof(pattern), "Each part of a pattern is 0 to 15.");
        if (scheme.HasPattern() && pattern.CryptBlocks == 0 && pattern.SkipBlocks != 0)
            throw new CencFormatException($"The pattern 0:{pattern.SkipBlocks} encrypts nothing.");

        _scheme = scheme;
        _direction = direction;
        if (scheme.HasPattern())
        {
            _cryptBytes = pattern.CryptBlocks * AesEngine.BlockSize;
            _skipBytes = pattern.SkipBlocks * AesEngine.BlockSize;
        }

        _engine = AesEngine.Create(key.Bytes, engine);
    }

    /// <summary>
    /// Whether cens encrypts a last, partial block of a range too. Off, as Shaka Packager does and as samples of whole blocks do not
    /// care. Turn it on to read cens audio (pattern 0:0) that ffmpeg, Bento4 or GPAC wrote: the file does not say which it is.
    /// </summary>
    public bool CensIncludesPartialBlock { get; init; }

    /// <summary>Encrypts or decrypts one sample in place.</summary>
    /// <param name="sample">All bytes of the sample.</param>
    /// <param name="iv">8 or 16 bytes; 8 bytes are followed by 8 zero bytes.</param>
    /// <param name="subsamples">Clear and protected ranges in order; empty where the whole sample is protected.</param>
    /// <exception cref="ArgumentException">The IV has neither 8 nor 16 bytes.</exception>
    /// <exception cref="CencFormatException">The ranges do not add up to the sample; it is left unchanged.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public void Process(Span<byte> sample, ReadOnlySpan<byte> iv, ReadOnlySpan<Subsample> subsamples)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (iv.Length is not (8 or 16)) throw new ArgumentException($"An IV has 8 or 16 bytes, not {iv.Length}.", nameof(iv));
        if (!subsamples.IsEmpty) CheckSum(sample.Length, subsamples);

        if (_scheme.IsCounterMode()) Count(sample, iv, subsamples);
        else Chain(sample, iv, subsamples);
    }

    public void Dispose()
    {
        _disposed = true;
        _engine.Dispose();
    }

    private static void CheckSum(int size, ReadOnlySpan<Subsample> subsamples)
    {
        ulong sum = 0;
        foreach (var subsample in subsamples) sum += (ulong)subsample.ClearBytes + subsample.ProtectedBytes;
        if (sum != (ulong)size) throw new CencFormatException($"The subsamples add up to {sum} bytes, the sample has {size}.");
    }

    // AES-CTR: one key stream over all protected ranges of the sample (10.1, 10.3).
    private void Count(Span<byte> sample, ReadOnlySpan<byte> iv, ReadOnlySpan<Subsample> subsamples)
    {
        var stream = new CtrStream(_engine, iv);
        if (subsamples.IsEmpty)
        {
            CountRange(ref stream, sample);
        }
        else
        {
            foreach (var subsample in subsamples)
            {
                var range = sample.Slice(subsample.ClearBytes, (int)subsample.ProtectedBytes);
                if (!range.IsEmpty) CountRange(ref stream, range);
                sample = sample[(subsample.ClearBytes + range.Length)..];
            }
        }

        stream.Clear();
    }

    private void CountRange(ref CtrStream stream, Span<byte> range)
    {
        if (_scheme == ProtectionScheme.Cenc || (CensIncludesPartialBlock && _skipBytes == 0))
        {
            stream.Xor(range);
        }
        else if (_skipBytes == 0)
        {
            stream.XorBlocks(range, AesEngine.BlockSize);
        }
        else if (_cryptBytes == AesEngine.BlockSize)
        {
            stream.XorBlocks(range, _cryptBytes + _skipBytes);
        }
        else
        {
            for (; range.Length >= AesEngine.BlockSize; range = AfterGroup(range))
                stream.XorBlocks(range[..Math.Min(range.Length, _cryptBytes)], AesEngine.BlockSize);
        }
    }

    // AES-CBC: cbc1 chains over the whole sample (10.2), cbcs starts anew from the IV in each subsample (10.4). Whole blocks only.
    private void Chain(Span<byte> sample, ReadOnlySpan<byte> iv, ReadOnlySpan<Subsample> subsamples)
    {
        Span<byte> padded = stackalloc byte[AesEngine.BlockSize];
        padded.Clear();
        iv.CopyTo(padded);
        var first = Vector128.Create<byte>(padded);
        var chain = first;
        if (subsamples.IsEmpty)
        {
            ChainRange(sample, ref chain);
            return;
        }

        foreach (var subsample in subsamples)
        {
            var range = sample.Slice(subsample.ClearBytes, (int)subsample.ProtectedBytes);
            if (_scheme == ProtectionScheme.Cbcs) chain = first;
            if (range.Length >= AesEngine.BlockSize) ChainRange(range, ref chain);
            sample = sample[(subsample.ClearBytes + range.Length)..];
        }
    }

    private void ChainRange(Span<byte> range, ref Vector128<byte> chain)
    {
        if (_skipBytes == 0)
        {
            ChainBlocks(range, AesEngine.BlockSize, ref chain);
        }
        else if (_cryptBytes == AesEngine.BlockSize)
        {
            ChainBlocks(range, _cryptBytes + _skipBytes, ref chain);
        }
        else
        {
            for (; range.Length >= AesEngine.BlockSize; range = AfterGroup(range))
                ChainBlocks(range[..Math.Min(range.Length, _cryptBytes)], AesEngine.BlockSize, ref chain);
        }
    }

    private void ChainBlocks(Span<byte> range, int stride, ref Vector128<byte> chain)
    {
        if (_direction == CryptDirection.Encrypt) _engine.CbcEncrypt(range, stride, ref chain);
        else _engine.CbcDecrypt(range, stride, ref chain);
    }

    private Span<byte> AfterGroup(Span<byte> range) => range[Math.Min(range.Length, _cryptBytes + _skipBytes)..];
}
