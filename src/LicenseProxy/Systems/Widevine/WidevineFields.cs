using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>Walks one message of a challenge. Fields below 64 that are asked for by <see cref="Is"/> may stand once only.</summary>
internal ref struct WidevineFields
{
    /// <summary>Real messages have tens of fields.</summary>
    private const int MaxFields = 4096;

    private readonly string _message;
    private ProtobufReader _reader;
    private ulong _seen;
    private int _count;

    public WidevineFields(ReadOnlySpan<byte> message, string name)
    {
        _reader = new ProtobufReader(message);
        _message = name;
    }

    public readonly ulong Number => _reader.Number;

    public readonly ReadOnlySpan<byte> Bytes => _reader.Bytes;

    /// <exception cref="ChallengeException">Not a protocol buffers message, or too many fields.</exception>
    public bool Next()
    {
        if (_reader.Next()) return ++_count <= MaxFields ? true : throw Malformed($"{_message} has more than {MaxFields} fields.");
        return _reader.Error is { } error ? throw Malformed($"{_message}: {error}.") : false;
    }

    /// <exception cref="ChallengeException">The field stands there for the second time.</exception>
    public bool Is(uint field, ProtobufWireType type)
    {
        if (!IsRepeated(field, type)) return false;
        if ((_seen & (1UL << (int)field)) != 0) throw Malformed($"{_message} has field {field} twice.");
        _seen |= 1UL << (int)field;
        return true;
    }

    public readonly bool IsRepeated(uint field, ProtobufWireType type) => _reader.Field == field && _reader.WireType == type;

    public static ChallengeException Malformed(string message) => new(ReasonCodes.ChallengeMalformed, message);
}
