using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace DrmHub.Cenc.Pssh;

/// <summary>Type of a record: 1 is a PlayReady header, 2 is reserved, 3 an embedded licence store.</summary>
/// <param name="Type">As in the object; unknown types are kept.</param>
/// <param name="Value">At most 65,535 bytes.</param>
public sealed record PlayReadyRecord(ushort Type, ReadOnlyMemory<byte> Value)
{
    public const ushort Header = 1;
    public const ushort EmbeddedLicenseStore = 3;
}

/// <summary>
/// The PlayReady Object (Microsoft, "PlayReady Header Specification", 2), little-endian: u32 length of the whole, u16 count,
/// then records of u16 type, u16 length, value. It is the data of PlayReady's pssh box, DASH's <c>mspr:pro</c> and HLS's
/// data URI. Immutable; parse → write gives the same bytes back.
/// </summary>
public sealed class PlayReadyObject
{
    /// <summary>The specification's limit of 15 KB for the whole object, in bytes.</summary>
    public const int MaxSize = 15 * 1024;

    private byte[]? _written;
    private PsshBox? _box;

    private PlayReadyObject(IReadOnlyList<PlayReadyRecord> records) => Records = records;

    public IReadOnlyList<PlayReadyRecord> Records { get; }

    /// <summary>An object with one record, the header.</summary>
    /// <exception cref="ArgumentException">The header cannot be written, or the object would be above <see cref="MaxSize"/>.</exception>
    public static PlayReadyObject Create(WrmHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        return Own([new PlayReadyRecord(PlayReadyRecord.Header, header.ToByteArray())], nameof(header));
    }

    /// <exception cref="ArgumentException">The object would be above <see cref="MaxSize"/>.</exception>
    public static PlayReadyObject Create(IReadOnlyList<PlayReadyRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        return Own([.. records.Select(record => record with { Value = record.Value.ToArray() })], nameof(records));
    }

    private static PlayReadyObject Own(PlayReadyRecord[] records, string name)
    {
        var size = 6 + records.Sum(record => 4L + record.Value.Length);
        return size <= MaxSize ? new PlayReadyObject(records) : throw new ArgumentException($"A PlayReady object has at most {MaxSize} bytes, not {size}.", name);
    }

    /// <exception cref="CencFormatException">Not one whole PlayReady object.</exception>
    public static PlayReadyObject Parse(ReadOnlySpan<byte> bytes) =>
        ParseCore(bytes, out var value) is { } error ? throw new CencFormatException("PlayReady object: " + error) : value!;

    /// <summary>As <see cref="Parse"/>, but false where the bytes are not one whole object. The header is not looked into.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PlayReadyObject? value)
    {
        ParseCore(bytes, out value);
        return value is not null;
    }

    /// <summary>Reads the first header record; null where there is none.</summary>
    /// <exception cref="CencFormatException">The record is no header of version 4.0 to 4.3.</exception>
    public WrmHeader? ReadHeader() =>
        Records.FirstOrDefault(record => record.Type == PlayReadyRecord.Header) is { } record ? WrmHeader.Parse(record.Value.Span) : null;

    /// <summary>The text of the first header record as it stands; null where there is none.</summary>
    /// <exception cref="CencFormatException">The record is not UTF-16.</exception>
    public string? ReadHeaderText() =>
        Records.FirstOrDefault(record => record.Type == PlayReadyRecord.Header) is { } record ? WrmHeader.Decode(record.Value.Span) : null;

    /// <summary>PlayReady's pssh box: version 0 with this object as its data.</summary>
    public PsshBox ToPsshBox() => _box ??= new(DrmSystemIds.PlayReady, [], Written);

    public string ToBase64() => Convert.ToBase64String(Written);

    public byte[] ToByteArray() => Written.ToArray();

    /// <summary>The whole object, written once: signalling for DASH, HLS and Smooth Streaming repeats it.</summary>
    internal ReadOnlySpan<byte> Written => _written ??= Write();

    private byte[] Write()
    {
        var bytes = new byte[6 + Records.Sum(record => 4 + record.Value.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), (ushort)Records.Count);
        var at = 6;
        foreach (var record in Records)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), record.Type);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 2), (ushort)record.Value.Length);
            record.Value.Span.CopyTo(bytes.AsSpan(at + 4));
            at += 4 + record.Value.Length;
        }

        return bytes;
    }

    private static string? ParseCore(ReadOnlySpan<byte> bytes, out PlayReadyObject? value)
    {
        value = null;
        if (bytes.Length < 6) return "too short for its length and count";
        if (bytes.Length > MaxSize) return $"{bytes.Length} bytes, above the limit of {MaxSize}";
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length != (uint)bytes.Length) return $"its length says {length} bytes, but {bytes.Length} are there";
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        var records = new List<PlayReadyRecord>();
        var rest = bytes[6..];
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < 4) return $"record {i + 1} of {count} is cut short";
            var type = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            if (size > rest.Length - 4) return $"record {i + 1} says {size} bytes, but {rest.Length - 4} are left";
            records.Add(new PlayReadyRecord(type, rest.Slice(4, size).ToArray()));
            rest = rest[(4 + size)..];
        }

        if (!rest.IsEmpty) return $"{rest.Length} bytes follow the last record";
        value = new PlayReadyObject(records);
        return null;
    }
}
