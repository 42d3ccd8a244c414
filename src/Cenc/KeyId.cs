using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace DrmHub.Cenc;

/// <summary>
/// A key id (KID): 16 bytes in big-endian order, as in <c>tenc</c>, <c>pssh</c> and CPIX (ISO/IEC 23001-7, 8.2).
/// PlayReady's mixed order lives in <see cref="ToPlayReadyBytes"/> and <see cref="FromPlayReadyBytes"/> alone.
/// </summary>
public readonly struct KeyId : IEquatable<KeyId>, IComparable<KeyId>
{
    public const int Size = 16;

    private readonly ulong _high;
    private readonly ulong _low;

    /// <param name="bigEndian">Exactly 16 bytes.</param>
    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    public KeyId(ReadOnlySpan<byte> bigEndian)
    {
        if (bigEndian.Length != Size) throw new ArgumentException($"A key id has 16 bytes, not {bigEndian.Length}.", nameof(bigEndian));
        _high = BinaryPrimitives.ReadUInt64BigEndian(bigEndian);
        _low = BinaryPrimitives.ReadUInt64BigEndian(bigEndian[8..]);
    }

    public KeyId(Guid guid)
    {
        Span<byte> bytes = stackalloc byte[Size];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    }

    /// <summary>All zero: "no key id" in <c>tenc</c> of a track whose keys come from sample groups.</summary>
    public bool IsZero => (_high | _low) == 0;

    /// <summary>Reads 32 hex digits, with or without the hyphens of a GUID.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out KeyId keyId)
    {
        keyId = default;
        if (text is null || text.Length is not (32 or 36)) return false;
        if (!Guid.TryParseExact(text, text.Length == 32 ? "N" : "D", out var guid)) return false;
        keyId = new KeyId(guid);
        return true;
    }

    /// <exception cref="FormatException">Neither 32 hex digits nor a GUID with hyphens.</exception>
    public static KeyId Parse(string text) =>
        TryParse(text, out var keyId) ? keyId : throw new FormatException("A key id is 32 hex digits, with or without the hyphens of a GUID.");

    /// <param name="littleEndianGuid">16 bytes in the GUID byte order of PlayReady headers.</param>
    public static KeyId FromPlayReadyBytes(ReadOnlySpan<byte> littleEndianGuid)
    {
        if (littleEndianGuid.Length != Size) throw new ArgumentException("A key id has 16 bytes.", nameof(littleEndianGuid));
        Span<byte> bytes = stackalloc byte[Size];
        littleEndianGuid.CopyTo(bytes);
        SwapGuidFields(bytes);
        return new KeyId(bytes);
    }

    /// <summary>The 16 bytes in the GUID byte order of PlayReady headers: the first three fields little-endian.</summary>
    public byte[] ToPlayReadyBytes()
    {
        var bytes = ToByteArray();
        SwapGuidFields(bytes);
        return bytes;
    }

    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    public byte[] ToByteArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public Guid ToGuid() => new(ToByteArray(), bigEndian: true);

    /// <summary>32 lower-case hex digits without hyphens.</summary>
    public string ToHex() => Convert.ToHexStringLower(ToByteArray());

    /// <summary>Lower-case GUID form with hyphens.</summary>
    public override string ToString() => ToGuid().ToString("D");

    public bool Equals(KeyId other) => _high == other._high && _low == other._low;

    public override bool Equals(object? obj) => obj is KeyId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_high, _low);

    public int CompareTo(KeyId other) => _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    public static bool operator ==(KeyId left, KeyId right) => left.Equals(right);

    public static bool operator !=(KeyId left, KeyId right) => !left.Equals(right);

    public static bool operator <(KeyId left, KeyId right) => left.CompareTo(right) < 0;

    public static bool operator >(KeyId left, KeyId right) => left.CompareTo(right) > 0;

    public static bool operator <=(KeyId left, KeyId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(KeyId left, KeyId right) => left.CompareTo(right) >= 0;

    private static void SwapGuidFields(Span<byte> bytes)
    {
        bytes[..4].Reverse();
        bytes[4..6].Reverse();
        bytes[6..8].Reverse();
    }
}
