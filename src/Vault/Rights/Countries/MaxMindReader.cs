using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Reads the country of an address from a file in MaxMind DB format 2 (GeoLite2-Country, DB-IP and others). The file is data from
/// outside: every offset is checked, pointers and nesting have bounds, and what is malformed is a <see cref="FormatException"/> on
/// opening or no country on asking, never anything else.
/// </summary>
/// <remarks>MaxMind DB File Format Specification 2.0: a search tree of bits, sixteen zero bytes, a data section, and a map of metadata at the end.</remarks>
internal sealed class MaxMindReader
{
    private const int Separator = 16;
    private const int MaxMetadata = 128 * 1024;

    private static readonly byte[] s_marker = [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8];

    private readonly byte[] _file;
    private readonly int _nodes;
    private readonly int _recordBits;
    private readonly int _dataStart;
    private readonly int _dataEnd;
    private readonly int _ipv4Node;

    /// <param name="file">The whole file; owned from here on.</param>
    /// <exception cref="FormatException">It is no such file.</exception>
    public MaxMindReader(byte[] file)
    {
        _file = file;
        var start = Math.Max(0, file.Length - MaxMetadata);
        var marker = file.AsSpan(start).LastIndexOf(s_marker);
        if (marker < 0) throw new FormatException("The file has no metadata of a MaxMind database.");
        var metadata = start + marker + s_marker.Length;
        var data = new MaxMindData(file, metadata, file.Length);
        var nodes = data.FindNumber(metadata, "node_count");
        var bits = data.FindNumber(metadata, "record_size");
        IpVersion = data.FindNumber(metadata, "ip_version") switch { 4 => 4, 6 => 6, _ => throw new FormatException("The database has no IP version that is known.") };
        if (data.FindNumber(metadata, "binary_format_major_version") != 2) throw new FormatException("The database has a format other than 2.");
        if (bits is not (24 or 28 or 32)) throw new FormatException("The database has a record size other than 24, 28 or 32.");
        if (nodes is not (> 0 and <= int.MaxValue / 8)) throw new FormatException("The database has no nodes, or too many.");
        _nodes = (int)nodes.Value;
        _recordBits = (int)bits.Value;
        var treeSize = (long)_nodes * (_recordBits / 4);
        if (treeSize + Separator > start + marker) throw new FormatException("The database is shorter than its search tree.");
        _dataStart = (int)treeSize + Separator;
        _dataEnd = start + marker;
        Type = data.FindText(metadata, "database_type") ?? "";
        BuiltAt = data.FindNumber(metadata, "build_epoch") is { } epoch and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds((long)epoch) : null;
        _ipv4Node = IpVersion == 6 ? Walk(0, stackalloc byte[12]) : 0;
    }

    /// <summary>4 or 6.</summary>
    public int IpVersion { get; }

    public string Type { get; }

    public DateTimeOffset? BuiltAt { get; }

    /// <returns>ISO 3166-1 alpha-2, upper case; or null where the file says nothing usable.</returns>
    public string? FindCountry(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length)) return null;
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && IpVersion == 4) return null;
        var node = Walk(length == 4 ? _ipv4Node : 0, bytes[..length]);
        if (node <= _nodes) return null;
        var offset = (long)node - _nodes - Separator + _dataStart;
        if (offset < _dataStart || offset >= _dataEnd) return null;
        var data = new MaxMindData(_file, _dataStart, _dataEnd);
        try
        {
            return CountryIn(data, (int)offset, "country") ?? CountryIn(data, (int)offset, "registered_country");
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string? CountryIn(MaxMindData data, int offset, string name)
    {
        // Some files have the code at the top ("country_code"), most in a map of the country.
        var code = data.FindMember(offset, name) is { } country ? data.FindText(country, "iso_code") : null;
        code ??= name == "country" ? data.FindText(offset, "country_code") : null;
        return code is [>= 'A' and <= 'Z', >= 'A' and <= 'Z'] ? code : null;
    }

    /// <summary>Follows the bits from a node. What is greater than the node count is a place in the data, equal to it is nothing.</summary>
    private int Walk(int node, ReadOnlySpan<byte> bits)
    {
        for (var i = 0; i < bits.Length * 8 && node < _nodes; i++)
        {
            var next = Record(node, bits[i >> 3] >> (7 - (i & 7)) & 1);
            if (next > int.MaxValue) return _nodes;
            node = (int)next;
        }

        return node;
    }

    private uint Record(int node, int side)
    {
        var at = _file.AsSpan(node * (_recordBits / 4), _recordBits / 4);
        return _recordBits switch
        {
            24 => (uint)((at[side * 3] << 16) | (at[(side * 3) + 1] << 8) | at[(side * 3) + 2]),
            28 when side == 0 => ((uint)(at[3] & 0xF0) << 20) | (uint)((at[0] << 16) | (at[1] << 8) | at[2]),
            28 => ((uint)(at[3] & 0x0F) << 24) | (uint)((at[4] << 16) | (at[5] << 8) | at[6]),
            _ => BinaryPrimitives.ReadUInt32BigEndian(at[(side * 4)..]),
        };
    }
}

/// <summary>The values of a data section, each behind a control byte of type and size.</summary>
/// <param name="file">The whole file.</param>
/// <param name="start">Where pointers count from.</param>
/// <param name="end">The first byte that is not of the section.</param>
internal readonly struct MaxMindData(byte[] file, int start, int end)
{
    /// <summary>Real records nest four deep.</summary>
    private const int MaxDepth = 16;

    private enum Kind
    {
        Pointer = 1,
        Text = 2,
        Double = 3,
        Bytes = 4,
        UInt16 = 5,
        UInt32 = 6,
        Map = 7,
        Int32 = 8,
        UInt64 = 9,
        UInt128 = 10,
        Array = 11,
        Boolean = 14,
        Float = 15,
    }

    public string? FindText(int map, string name)
    {
        if (FindMember(map, name) is not { } at) return null;
        var (kind, size, value) = Resolve(at);
        return kind == Kind.Text ? Encoding.UTF8.GetString(Slice(value, size)) : null;
    }

    public ulong? FindNumber(int map, string name)
    {
        if (FindMember(map, name) is not { } at) return null;
        var (kind, size, value) = Resolve(at);
        if (kind is not (Kind.UInt16 or Kind.UInt32 or Kind.UInt64) || size > 8) return null;
        ulong number = 0;
        foreach (var each in Slice(value, size)) number = (number << 8) | each;
        return number;
    }

    /// <returns>Where the value of a member begins; null where there is no such member or no map.</returns>
    /// <exception cref="FormatException">The section is malformed.</exception>
    public int? FindMember(int map, string name)
    {
        var (kind, size, at) = Resolve(map);
        if (kind != Kind.Map) return null;
        Span<byte> wanted = stackalloc byte[64];
        wanted = wanted[..Encoding.UTF8.GetBytes(name, wanted)];
        for (var i = 0; i < size; i++)
        {
            var (keyKind, keySize, keyAt) = Resolve(at);
            if (keyKind != Kind.Text) throw Malformed();
            var value = Skip(at, 0);
            if (Slice(keyAt, keySize).SequenceEqual(wanted)) return value;
            at = Skip(value, 0);
        }

        return null;
    }

    private static FormatException Malformed() => new("The data of the MaxMind database are malformed.");

    /// <summary>Follows one pointer; the format has none that points to another.</summary>
    private (Kind Kind, int Size, int Value) Resolve(int at)
    {
        var (kind, size, value) = Read(at);
        if (kind != Kind.Pointer) return (kind, size, value);
        (kind, size, value) = Read(Target(value, size));
        return kind == Kind.Pointer ? throw Malformed() : (kind, size, value);
    }

    private int Target(int value, int size)
    {
        var control = size >> 3;
        var bytes = Slice(value, control + 1);
        uint target = control == 3 ? 0 : (uint)(size & 7);
        foreach (var each in bytes) target = (target << 8) | each;
        var offset = control switch { 1 => target + 2048L, 2 => target + 526_336L, _ => target };
        return offset < end - start ? start + (int)offset : throw Malformed();
    }

    /// <summary>The type, the size (for a pointer its five bits), and where the bytes of the value begin.</summary>
    private (Kind Kind, int Size, int Value) Read(int at)
    {
        int control = Byte(at++);
        var kind = control >> 5;
        var size = control & 0x1F;
        if (kind == 0) kind = 7 + Byte(at++);
        if ((Kind)kind == Kind.Pointer) return (Kind.Pointer, size, at);
        var extra = Math.Max(0, size - 28);
        if (extra > 0)
        {
            var more = 0;
            foreach (var each in Slice(at, extra)) more = (more << 8) | each;
            size = more + extra switch { 1 => 29, 2 => 285, _ => 65_821 };
            at += extra;
        }

        return ((Kind)kind, size, at);
    }

    /// <summary>Where the next value begins. Every step moves on by a byte at least, so a size that lies runs into the end of the section.</summary>
    private int Skip(int at, int depth)
    {
        if (depth > MaxDepth) throw Malformed();
        var (kind, size, value) = Read(at);
        switch (kind)
        {
            case Kind.Pointer:
                return value + (size >> 3) + 1;
            case Kind.Map:
            case Kind.Array:
                var items = kind == Kind.Map ? size * 2L : size;
                for (long i = 0; i < items; i++) value = Skip(value, depth + 1);
                return value;
            case Kind.Boolean:
                return value;
            case Kind.Text or Kind.Double or Kind.Bytes or Kind.UInt16 or Kind.UInt32 or Kind.Int32 or Kind.UInt64 or Kind.UInt128 or Kind.Float:
                Slice(value, size);
                return value + size;
            default:
                throw Malformed();
        }
    }

    private byte Byte(int at) => at >= start && at < end ? file[at] : throw Malformed();

    private ReadOnlySpan<byte> Slice(int at, int length) =>
        at >= start && length >= 0 && at <= end - length ? file.AsSpan(at, length) : throw Malformed();
}
