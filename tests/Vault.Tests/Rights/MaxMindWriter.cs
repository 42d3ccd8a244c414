using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>Writes small MaxMind DB files (format 2.0, IPv6 tree with the IPv4 addresses under its 96 zero bits).</summary>
internal static class MaxMindWriter
{
    public static byte[] Write(IReadOnlyList<(string Network, string? Country, string? Registered)> networks, int recordSize)
    {
        var root = new Node();
        var data = new MemoryStream();
        var names = new Dictionary<string, int>();
        foreach (var (network, country, registered) in networks)
        {
            var parsed = IPNetwork.Parse(network);
            var isV4 = parsed.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
            var bits = isV4 ? [.. new byte[12], .. parsed.BaseAddress.GetAddressBytes()] : parsed.BaseAddress.GetAddressBytes();
            var offset = (int)data.Length;
            WriteMap(data, names, country, registered);
            root.Put(bits, 0, parsed.PrefixLength + (isV4 ? 96 : 0), offset);
        }

        var nodes = new List<Node>();
        root.Number(nodes);
        var file = new MemoryStream();
        foreach (var node in nodes) WriteRecords(file, recordSize, node.Value(0, nodes.Count), node.Value(1, nodes.Count));
        file.Write(new byte[16]);
        data.WriteTo(file);
        file.Write([0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8]);
        file.WriteByte((7 << 5) | 9);
        Member(file, "binary_format_major_version", 5, 2);
        Member(file, "binary_format_minor_version", 5, 0);
        Text(file, "build_epoch");
        file.Write([0x08, 0x02]); // uint64 is an extended type: 7 + 2.
        Span<byte> epoch = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(epoch, 1_780_000_000);
        file.Write(epoch);
        Text(file, "database_type");
        Text(file, "Test-Country");
        Text(file, "description");
        file.WriteByte(7 << 5);
        Member(file, "ip_version", 5, 6);
        Text(file, "languages");
        file.Write([0x00, 0x04]); // An empty array: extended type 7 + 4.
        Member(file, "node_count", 6, nodes.Count);
        Member(file, "record_size", 5, recordSize);
        return file.ToArray();
    }

    private static void WriteMap(Stream data, Dictionary<string, int> names, string? country, string? registered)
    {
        var members = (country is null ? 0 : 1) + (registered is null ? 0 : 1) + 1;
        data.WriteByte((byte)((7 << 5) | members));
        Text(data, "continent");
        data.WriteByte((7 << 5) | 1);
        Text(data, "code");
        Text(data, "AS");
        if (country is not null) Country(data, names, "country", country);
        if (registered is not null) Country(data, names, "registered_country", registered);
    }

    /// <summary>The name of the member is a pointer where it was written before, as real files have it.</summary>
    private static void Country(Stream data, Dictionary<string, int> names, string name, string code)
    {
        if (names.TryGetValue(name, out var at))
        {
            data.Write([(byte)((1 << 5) | (at >> 8)), (byte)(at & 0xFF)]);
        }
        else
        {
            names[name] = (int)data.Position;
            Text(data, name);
        }

        data.WriteByte((7 << 5) | 2);
        Text(data, "geoname_id");
        data.Write([(6 << 5) | 3, 0x13, 0x59, 0x0A]);
        Text(data, "iso_code");
        Text(data, code);
    }

    private static void Text(Stream stream, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length < 29) stream.WriteByte((byte)((2 << 5) | bytes.Length));
        else stream.Write([(2 << 5) | 29, (byte)(bytes.Length - 29)]);
        stream.Write(bytes);
    }

    private static void Member(Stream stream, string name, int type, int value)
    {
        Text(stream, name);
        stream.Write([(byte)((type << 5) | (type == 5 ? 2 : 4))]);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        stream.Write(bytes[(type == 5 ? 2 : 0)..]);
    }

    private static void WriteRecords(Stream file, int recordSize, int left, int right)
    {
        switch (recordSize)
        {
            case 24:
                file.Write([.. Low(left), .. Low(right)]);
                break;
            case 28:
                file.Write([.. Low(left), (byte)(((left >> 24) << 4) | (right >> 24)), .. Low(right)]);
                break;
            default:
                Span<byte> both = stackalloc byte[8];
                BinaryPrimitives.WriteInt32BigEndian(both, left);
                BinaryPrimitives.WriteInt32BigEndian(both[4..], right);
                file.Write(both);
                break;
        }
    }

    /// <summary>The low 24 bits.</summary>
    private static byte[] Low(int value) => [(byte)((value >> 16) & 0xFF), (byte)((value >> 8) & 0xFF), (byte)(value & 0xFF)];

    private sealed class Node
    {
        private readonly Node?[] _next = new Node?[2];
        private readonly int?[] _data = new int?[2];
        private int _number;


        public void Put(byte[] bits, int depth, int length, int offset)
        {
            var side = (bits[depth >> 3] >> (7 - (depth & 7))) & 1;
            if (depth == length - 1) _data[side] = offset;
            else (_next[side] ??= new Node()).Put(bits, depth + 1, length, offset);
        }

        public void Number(List<Node> nodes)
        {
            _number = nodes.Count;
            nodes.Add(this);
            foreach (var next in _next) next?.Number(nodes);
        }

        public int Value(int side, int count) => _data[side] is { } offset ? count + 16 + offset : _next[side]?._number ?? count;
    }
}
