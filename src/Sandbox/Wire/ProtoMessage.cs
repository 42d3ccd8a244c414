using System.Text;

namespace DrmHub.Sandbox.Wire;

/// <summary>
/// One protocol buffers message, read into a flat list of fields (wire types 0 and 2; the fixed-size ones are kept unread).
/// The last of a repeated singular field counts, as the encoding prescribes.
/// </summary>
internal sealed class ProtoMessage
{
    private const int MaxFields = 1024;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<(int Field, int WireType, ulong Number, ReadOnlyMemory<byte> Bytes)> _fields = [];
    private readonly string _name;

    private ProtoMessage(string name) => _name = name;

    /// <param name="name">What the message is, for errors.</param>
    /// <exception cref="SandboxException">Not a message.</exception>
    public static ProtoMessage Parse(ReadOnlyMemory<byte> bytes, string name)
    {
        var message = new ProtoMessage(name);
        var position = 0;
        while (position < bytes.Length)
        {
            if (message._fields.Count == MaxFields) throw message.Broken($"more than {MaxFields} fields");
            var tag = message.ReadVarint(bytes.Span, ref position);
            if (tag is < 8 or > uint.MaxValue) throw message.Broken("a field number out of range");
            var (field, wireType) = ((int)(tag >> 3), (int)(tag & 7));
            switch (wireType)
            {
                case 0: message._fields.Add((field, 0, message.ReadVarint(bytes.Span, ref position), default)); break;
                case 1: message._fields.Add((field, 1, 0, message.Take(bytes, ref position, 8))); break;
                case 2: message._fields.Add((field, 2, 0, message.Take(bytes, ref position, message.ReadVarint(bytes.Span, ref position)))); break;
                case 5: message._fields.Add((field, 5, 0, message.Take(bytes, ref position, 4))); break;
                default: throw message.Broken($"wire type {wireType}");
            }
        }

        return message;
    }

    public bool Has(int field) => _fields.Any(item => item.Field == field);

    public ulong? Varint(int field)
    {
        var (found, item) = Last(field, 0);
        return found ? item.Number : null;
    }

    /// <summary>A varint that has to fit into a non-negative 32-bit number.</summary>
    public int? Int(int field) => Varint(field) switch
    {
        null => null,
        <= int.MaxValue and var number => (int)number,
        _ => throw Broken($"field {field} is out of range"),
    };

    public ReadOnlyMemory<byte>? Bytes(int field)
    {
        var (found, item) = Last(field, 2);
        return found ? (ReadOnlyMemory<byte>?)item.Bytes : null; // a bare null would become an empty memory
    }

    /// <exception cref="SandboxException">The field is absent.</exception>
    public ReadOnlyMemory<byte> Need(int field, string what) => Bytes(field) ?? throw Broken($"{what} is missing");

    public string? Text(int field)
    {
        if (Bytes(field) is not { } bytes) return null;
        try
        {
            return StrictUtf8.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            throw Broken($"field {field} is not UTF-8");
        }
    }

    public IEnumerable<ReadOnlyMemory<byte>> All(int field) => _fields.Where(item => item.Field == field && item.WireType == 2).Select(item => item.Bytes);

    public ProtoMessage? Message(int field, string name) => Bytes(field) is { } bytes ? Parse(bytes, name) : null;

    public SandboxException Broken(string what) => SandboxException.Format($"{_name}: {what}.");

    private (bool Found, (int Field, int WireType, ulong Number, ReadOnlyMemory<byte> Bytes) Item) Last(int field, int wireType)
    {
        for (var i = _fields.Count - 1; i >= 0; i--)
        {
            if (_fields[i].Field != field) continue;
            return _fields[i].WireType == wireType ? (true, _fields[i]) : throw Broken($"field {field} has the wrong type");
        }

        return default;
    }

    private ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (position == bytes.Length) throw Broken("it ends inside a number");
            var next = bytes[position++];
            if (shift == 63 && next > 1) throw Broken("a number has more than 64 bits");
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw Broken("a number has more than 64 bits");
    }

    private ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> bytes, ref int position, ulong length)
    {
        if (length > (ulong)(bytes.Length - position)) throw Broken("a field is longer than the message");
        var taken = bytes.Slice(position, (int)length);
        position += (int)length;
        return taken;
    }
}
