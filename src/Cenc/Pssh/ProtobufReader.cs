namespace DrmHub.Cenc.Pssh;

/// <summary>
/// Walks the fields of one protocol buffers message (protobuf.dev, "Encoding"): varint, 64-bit, length-delimited, 32-bit.
/// Groups (wire types 3 and 4) are refused. Bounds-checked; the first error sticks and ends the walk, see <see cref="Error"/>.
/// It does not descend: a nested message is read by a reader of its own, so depth is the caller's choice.
/// </summary>
public ref struct ProtobufReader
{
    private readonly ReadOnlySpan<byte> _message;
    private int _position;

    public ProtobufReader(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>What is wrong; null while all is well.</summary>
    public string? Error { get; private set; }

    public uint Field { get; private set; }

    public ProtobufWireType WireType { get; private set; }

    /// <summary>The value of a varint, 64-bit or 32-bit field.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of a length-delimited field.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The whole field as it stands in the message, tag included: what a writer repeats to keep an unknown field.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>Moves to the next field; false at the end or on the first error.</summary>
    public bool Next()
    {
        if (Error is not null || _position == _message.Length) return false;
        var start = _position;
        if (!TryVarint(out var tag)) return Fail("the tag of a field is cut short or longer than ten bytes", start);
        if (tag > uint.MaxValue || tag >> 3 == 0) return Fail("the number of a field is zero or out of range", start);
        Field = (uint)(tag >> 3);
        WireType = (ProtobufWireType)(tag & 7);
        Number = 0;
        Bytes = default;
        switch (WireType)
        {
            case ProtobufWireType.Varint:
                if (!TryVarint(out var number)) return Fail("a varint is cut short or longer than ten bytes", start);
                Number = number;
                break;
            case ProtobufWireType.Fixed64 or ProtobufWireType.Fixed32:
                var width = WireType == ProtobufWireType.Fixed64 ? 8 : 4;
                if (_message.Length - _position < width) return Fail("a fixed-width number is cut short", start);
                for (var i = width - 1; i >= 0; i--) Number = (Number << 8) | _message[_position + i];
                _position += width;
                break;
            case ProtobufWireType.LengthDelimited:
                if (!TryVarint(out var length)) return Fail("a length is cut short or longer than ten bytes", start);
                if (length > (ulong)(_message.Length - _position)) return Fail($"a length of {length} bytes runs past the end", start);
                Bytes = _message.Slice(_position, (int)length);
                _position += (int)length;
                break;
            default:
                return Fail($"wire type {(int)WireType} is not known", start);
        }

        Raw = _message[start.._position];
        return true;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_position == _message.Length) return false;
            var next = _message[_position++];
            if (shift == 63 && next > 1) return false; // the tenth byte holds one bit only
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return true;
        }

        return false;
    }

    private bool Fail(string what, int offset)
    {
        Error = $"{what} (at byte {offset})";
        return false;
    }
}

/// <summary>The wire types that are read; see protobuf.dev, "Message structure".</summary>
public enum ProtobufWireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    Fixed32 = 5,
}
