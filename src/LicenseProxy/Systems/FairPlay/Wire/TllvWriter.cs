using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>Writes the elements of a payload, each padded with random bytes to whole cipher blocks. Disposing it zeroes what was written.</summary>
internal sealed class TllvWriter : IDisposable
{
    private byte[] _buffer = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Write(ulong tag, ReadOnlySpan<byte> value)
    {
        var total = (value.Length + Tllv.Alignment - 1) / Tllv.Alignment * Tllv.Alignment;
        var element = Reserve(Tllv.HeaderSize + total);
        BinaryPrimitives.WriteUInt64BigEndian(element, tag);
        BinaryPrimitives.WriteUInt32BigEndian(element[8..], (uint)total);
        BinaryPrimitives.WriteUInt32BigEndian(element[12..], (uint)value.Length);
        value.CopyTo(element[Tllv.HeaderSize..]);
        RandomNumberGenerator.Fill(element[(Tllv.HeaderSize + value.Length)..]);
    }

    /// <summary>An element as it came, padding included.</summary>
    public void Echo(Tllv element) => element.Whole.Span.CopyTo(Reserve(element.Whole.Length));

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_buffer);
        _length = 0;
    }

    private Span<byte> Reserve(int count)
    {
        if (_length + count > _buffer.Length)
        {
            var larger = new byte[Math.Max(_buffer.Length * 2, _length + count)];
            Written.CopyTo(larger);
            CryptographicOperations.ZeroMemory(_buffer);
            _buffer = larger;
        }

        var reserved = _buffer.AsSpan(_length, count);
        _length += count;
        return reserved;
    }
}
