using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace DrmHub.Cenc.Pssh;

/// <summary>
/// The <c>pssh</c> box, "protection system specific header" (ISO/IEC 23001-7, 8.1): size(4) 'pssh' version(1) flags(3)
/// SystemID(16) [version 1: KID_count(4) KID(16)…] DataSize(4) Data. Immutable; parse → write gives the same bytes back,
/// except that a 64-bit box size is written in its 32-bit form.
/// </summary>
public sealed class PsshBox
{
    /// <summary>The largest box that is read or written, in bytes: far above any real one, so that a lying size costs nothing.</summary>
    public const int MaxSize = 1 << 20;

    private const uint BoxType = 0x70737368; // 'pssh'
    private readonly uint _flags;
    private readonly byte[] _data;
    private byte[]? _written;

    /// <param name="systemId">The system, as in the DASH-IF registry; see <see cref="DrmSystemIds"/>.</param>
    /// <param name="keyIds">With at least one key id the box has version 1, else version 0.</param>
    /// <param name="data">The system's own data; copied. Empty for the common system.</param>
    /// <exception cref="ArgumentException">The box would be above <see cref="MaxSize"/>.</exception>
    public PsshBox(Guid systemId, IReadOnlyList<KeyId> keyIds, ReadOnlySpan<byte> data)
        : this(systemId, version: keyIds?.Count > 0 ? 1 : 0, flags: 0, [.. keyIds ?? throw new ArgumentNullException(nameof(keyIds))], data.ToArray())
    {
        if (Size > MaxSize) throw new ArgumentException($"A pssh box has at most {MaxSize} bytes, not {Size}.", nameof(data));
    }

    private PsshBox(Guid systemId, int version, uint flags, KeyId[] keyIds, byte[] data)
    {
        SystemId = systemId;
        Version = version;
        _flags = flags;
        KeyIds = keyIds;
        _data = data;
    }

    public Guid SystemId { get; }

    /// <summary>The system behind <see cref="SystemId"/>; null where it is not one of ours.</summary>
    public DrmSystem? System => DrmSystemIds.ToSystem(SystemId);

    /// <summary>0, or 1 with a list of key ids.</summary>
    public int Version { get; }

    /// <summary>The key ids of a version 1 box; version 0 has none here, though its data may name some.</summary>
    public IReadOnlyList<KeyId> KeyIds { get; }

    public ReadOnlyMemory<byte> Data => _data;

    /// <summary>Size of the whole box in bytes.</summary>
    public long Size => 12 + 16 + (Version == 0 ? 0 : 4 + ((long)KeyIds.Count * KeyId.Size)) + 4 + _data.LongLength;

    /// <summary>The W3C common system's box (EME "cenc" initialization data): version 1, key ids and no data.</summary>
    /// <exception cref="ArgumentException">No key id: the box would say nothing.</exception>
    public static PsshBox ForCommon(IReadOnlyList<KeyId> keyIds)
    {
        ArgumentNullException.ThrowIfNull(keyIds);
        if (keyIds.Count == 0) throw new ArgumentException("The common pssh names at least one key id.", nameof(keyIds));
        return new PsshBox(DrmSystemIds.Common, keyIds, []);
    }

    /// <summary>Widevine's box: version 0, as packagers write it; the key ids are in the data.</summary>
    public static PsshBox ForWidevine(WidevinePsshData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new PsshBox(DrmSystemIds.Widevine, [], data.ToByteArray());
    }

    /// <summary>Reads exactly one box.</summary>
    /// <exception cref="CencFormatException">Not one whole pssh box of version 0 or 1.</exception>
    public static PsshBox Parse(ReadOnlySpan<byte> bytes) => ParseAt(bytes, "pssh", 0);

    /// <summary>As <see cref="Parse"/>, but false where the bytes are not one whole pssh box.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PsshBox? box)
    {
        if (ParseCore(bytes, out box, out var used) is not null || used != bytes.Length) box = null;
        return box is not null;
    }

    /// <summary>Reads boxes that stand one after another, as in EME initialization data of type "cenc". Empty input gives none.</summary>
    /// <exception cref="CencFormatException">Anything but whole pssh boxes; the offset says where.</exception>
    public static IReadOnlyList<PsshBox> ParseAll(ReadOnlySpan<byte> bytes)
    {
        var boxes = new List<PsshBox>();
        for (var offset = 0; offset < bytes.Length;)
        {
            if (ParseCore(bytes[offset..], out var box, out var used) is { } error) throw new CencFormatException(error, "pssh", offset);
            boxes.Add(box!);
            offset += used;
        }

        return boxes;
    }

    public byte[] ToByteArray() => Written.ToArray();

    public string ToBase64() => Convert.ToBase64String(Written);

    /// <summary>The whole box, written once: signalling for DASH and HLS repeats it.</summary>
    internal ReadOnlySpan<byte> Written => _written ??= Write();

    private byte[] Write()
    {
        var bytes = new byte[Size];
        var span = bytes.AsSpan();
        BinaryPrimitives.WriteUInt32BigEndian(span, (uint)bytes.Length);
        BinaryPrimitives.WriteUInt32BigEndian(span[4..], BoxType);
        BinaryPrimitives.WriteUInt32BigEndian(span[8..], ((uint)Version << 24) | _flags);
        SystemId.TryWriteBytes(span[12..], bigEndian: true, out _);
        var at = 28;
        if (Version > 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(span[at..], (uint)KeyIds.Count);
            at += 4;
            foreach (var keyId in KeyIds)
            {
                keyId.CopyTo(span[at..]);
                at += KeyId.Size;
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(span[at..], (uint)_data.Length);
        _data.CopyTo(span[(at + 4)..]);
        return bytes;
    }

    /// <summary>As <see cref="Parse"/>, for a box whose place in a file is known.</summary>
    internal static PsshBox ParseAt(ReadOnlySpan<byte> bytes, string path, long offset)
    {
        var error = ParseCore(bytes, out var box, out var used) ?? (used == bytes.Length ? null : $"{bytes.Length - used} bytes follow the box");
        return error is null ? box! : throw new CencFormatException(error, path, offset);
    }

    /// <summary>Returns what is wrong, or null. All sizes are compared as 64-bit numbers before anything is read or allocated.</summary>
    private static string? ParseCore(ReadOnlySpan<byte> bytes, out PsshBox? box, out int used)
    {
        box = null;
        used = 0;
        if (bytes.Length < 8) return "too short for a box header";
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) != BoxType) return "the box type is not 'pssh'";
        ulong size = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var header = 8;
        if (size == 1)
        {
            if (bytes.Length < 16) return "too short for a 64-bit box size";
            size = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
            header = 16;
        }

        if (size > MaxSize) return $"the box says {size} bytes, above the limit of {MaxSize}";
        if (size > (ulong)bytes.Length) return $"the box says {size} bytes, but {bytes.Length} are there";
        if (size < (ulong)header + 24) return $"the box says {size} bytes, too few for a pssh box";
        used = (int)size;
        var body = bytes[header..used];
        var version = body[0];
        if (version > 1) return $"version {version} is not known (0 and 1 are)";
        var flags = BinaryPrimitives.ReadUInt32BigEndian(body) & 0xFFFFFF;
        var systemId = new Guid(body.Slice(4, 16), bigEndian: true);
        var rest = body[20..];
        KeyId[] keyIds = [];
        if (version == 1)
        {
            var count = BinaryPrimitives.ReadUInt32BigEndian(rest);
            rest = rest[4..];
            if ((ulong)count * KeyId.Size + 4 > (ulong)rest.Length) return $"{count} key ids and a data size do not fit into {rest.Length} bytes";
            keyIds = new KeyId[count];
            for (var i = 0; i < keyIds.Length; i++) keyIds[i] = new KeyId(rest.Slice(i * KeyId.Size, KeyId.Size));
            rest = rest[(keyIds.Length * KeyId.Size)..];
        }

        var dataSize = BinaryPrimitives.ReadUInt32BigEndian(rest);
        rest = rest[4..];
        if (dataSize != (uint)rest.Length) return $"DataSize is {dataSize}, but {rest.Length} bytes follow it";
        box = new PsshBox(systemId, version, flags, keyIds, rest.ToArray());
        return null;
    }
}
