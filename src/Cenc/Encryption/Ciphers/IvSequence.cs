using System.Buffers.Binary;

namespace DrmHub.Cenc.Encryption;

/// <summary>
/// The IVs of a track's samples in order (ISO/IEC 23001-7, 9.2 and 9.3). An 8-byte IV counts samples and wraps at 2^64; a 16-byte IV
/// counts blocks and wraps at 2^128; the IV of cbcs is constant. Never start two tracks of one key at the same IV in cenc or cens.
/// </summary>
public struct IvSequence
{
    private readonly bool _constant;
    private readonly int _size;
    private ulong _high;
    private ulong _low;

    /// <param name="first">The IV of the first protected sample: 8 or 16 bytes.</param>
    /// <param name="scheme">cbcs makes the sequence constant.</param>
    /// <exception cref="ArgumentException">Neither 8 nor 16 bytes.</exception>
    public IvSequence(ReadOnlySpan<byte> first, ProtectionScheme scheme)
    {
        if (first.Length is not (8 or 16)) throw new ArgumentException($"An IV has 8 or 16 bytes, not {first.Length}.", nameof(first));
        _size = first.Length;
        _constant = scheme == ProtectionScheme.Cbcs;
        _high = BinaryPrimitives.ReadUInt64BigEndian(first);
        _low = first.Length == 16 ? BinaryPrimitives.ReadUInt64BigEndian(first[8..]) : 0;
    }

    /// <summary>Size of each IV in bytes: 8 or 16.</summary>
    public readonly int Size => _size;

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public readonly void CopyCurrentTo(Span<byte> destination)
    {
        if (destination.Length < _size) throw new ArgumentException($"An IV of {_size} bytes does not fit into {destination.Length}.", nameof(destination));
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        if (_size == 16) BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    /// <summary>
    /// Steps to the next sample. Call it once for each sample of an encrypted fragment, those without a protected byte included;
    /// not for samples of a clear lead.
    /// </summary>
    /// <param name="protectedBytes">Protected bytes of the sample just done, the skipped blocks of a pattern included.</param>
    public void Advance(long protectedBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(protectedBytes);
        if (_constant) return;
        unchecked
        {
            if (_size == 8)
            {
                _high++;
                return;
            }

            var blocks = ((ulong)protectedBytes + 15) / 16;
            _low += blocks;
            if (_low < blocks) _high++;
        }
    }
}
