using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DrmHub.Cenc.Pssh;

/// <summary>
/// The data of a Widevine <c>pssh</c> box, a protocol buffers message. Fields: 1 algorithm, 2 key_id (repeated), 3 provider,
/// 4 content_id, 5 track_type, 6 policy, 7 crypto_period_index, 8 grouped_license, 9 protection_scheme (four-character code
/// as a number), 10 crypto_period_seconds, 11 type, 14 entitled_keys (repeated). A field that is not known, or whose value this type cannot express (a key id
/// that is not 16 bytes, an unknown scheme), is kept in <see cref="UnknownFields"/> and written back. Immutable.
/// </summary>
public sealed class WidevinePsshData
{
    /// <summary>Largest message that is read, in bytes.</summary>
    public const int MaxSize = 64 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>0 for clear, 1 for AES-CTR; deprecated in favour of <see cref="Scheme"/>, yet old boxes carry it.</summary>
    public uint? Algorithm { get; init; }

    public IReadOnlyList<KeyId> KeyIds { get; init; } = [];

    /// <summary>The account at the licence service; its letter case matters there.</summary>
    public string? Provider { get; init; }

    /// <summary>Any bytes that name the content. Where a box has no key ids, this is what keys are found by.</summary>
    public ReadOnlyMemory<byte> ContentId { get; init; }

    public string? TrackType { get; init; }

    public string? Policy { get; init; }

    /// <summary>The period of key rotation that the key ids are for.</summary>
    public uint? CryptoPeriodIndex { get; init; }

    /// <summary>A key id group's own licence, opaque.</summary>
    public ReadOnlyMemory<byte> GroupedLicense { get; init; }

    public ProtectionScheme? Scheme { get; init; }

    /// <summary>Length of a period of key rotation, in seconds.</summary>
    public uint? CryptoPeriodSeconds { get; init; }

    /// <summary>Null where the message does not say: then it is <see cref="WidevinePsshType.Single"/>.</summary>
    public WidevinePsshType? Type { get; init; }

    /// <summary>Content keys that travel in this pssh, wrapped; in one of type <see cref="WidevinePsshType.EntitledKey"/> only.</summary>
    public IReadOnlyList<WidevineEntitledKey> EntitledKeys { get; init; } = [];

    /// <summary>Whether keys are to be had by an entitlement licence: the pssh names entitlement keys, by themselves or by what they wrap.</summary>
    public bool IsOfEntitlements => Type is WidevinePsshType.Entitlement or WidevinePsshType.EntitledKey;

    /// <summary>The content keys that the pssh names: in its list, or in what it carries. One of type ENTITLEMENT names none, whatever its list says.</summary>
    public IReadOnlyList<KeyId> ContentKeyIds => Type switch
    {
        WidevinePsshType.Entitlement => [],
        WidevinePsshType.EntitledKey => [.. EntitledKeys.Select(key => key.KeyId).Distinct()],
        _ => KeyIds,
    };

    /// <summary>Whole fields, tags included, in the order they were met; written after the known ones.</summary>
    public ReadOnlyMemory<byte> UnknownFields { get; private init; }

    /// <exception cref="CencFormatException">Not a message of this form.</exception>
    public static WidevinePsshData Parse(ReadOnlySpan<byte> bytes) =>
        ParseCore(bytes, out var data) is { } error ? throw new CencFormatException("Widevine pssh data: " + error) : data!;

    /// <summary>As <see cref="Parse"/>, but false where the bytes are not such a message.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out WidevinePsshData? data)
    {
        ParseCore(bytes, out data);
        return data is not null;
    }

    /// <summary>The message, known fields in ascending order.</summary>
    public byte[] ToByteArray()
    {
        var writer = new ProtobufWriter();
        if (Algorithm is { } algorithm) writer.Varint(1, algorithm);
        foreach (var keyId in KeyIds) writer.Bytes(2, keyId.ToByteArray());
        if (Provider is { } provider) writer.Bytes(3, StrictUtf8.GetBytes(provider));
        if (!ContentId.IsEmpty) writer.Bytes(4, ContentId.Span);
        if (TrackType is { } trackType) writer.Bytes(5, StrictUtf8.GetBytes(trackType));
        if (Policy is { } policy) writer.Bytes(6, StrictUtf8.GetBytes(policy));
        if (CryptoPeriodIndex is { } index) writer.Varint(7, index);
        if (!GroupedLicense.IsEmpty) writer.Bytes(8, GroupedLicense.Span);
        if (Scheme is { } scheme) writer.Varint(9, (uint)scheme);
        if (CryptoPeriodSeconds is { } seconds) writer.Varint(10, seconds);
        if (Type is { } type) writer.Varint(11, (ulong)type);
        foreach (var key in EntitledKeys) writer.Bytes(14, key.ToByteArray());
        writer.Raw(UnknownFields.Span);
        return writer.ToArray();
    }

    private static string? ParseCore(ReadOnlySpan<byte> bytes, out WidevinePsshData? data)
    {
        data = null;
        if (bytes.Length > MaxSize) return $"{bytes.Length} bytes, above the limit of {MaxSize}";
        var keyIds = new List<KeyId>();
        var entitledKeys = new List<WidevineEntitledKey>();
        var unknown = new List<byte>();
        uint? algorithm = null, index = null, seconds = null;
        string? provider = null, trackType = null, policy = null;
        byte[] contentId = [], groupedLicense = [];
        ProtectionScheme? scheme = null;
        WidevinePsshType? type = null;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            var expressed = (reader.Field, reader.WireType) switch
            {
                (1, ProtobufWireType.Varint) => Set(reader.Number, ref algorithm),
                (2, ProtobufWireType.LengthDelimited) => Add(reader.Bytes, keyIds),
                (3, ProtobufWireType.LengthDelimited) => Set(reader.Bytes, ref provider),
                (4, ProtobufWireType.LengthDelimited) => Set(reader.Bytes, ref contentId),
                (5, ProtobufWireType.LengthDelimited) => Set(reader.Bytes, ref trackType),
                (6, ProtobufWireType.LengthDelimited) => Set(reader.Bytes, ref policy),
                (7, ProtobufWireType.Varint) => Set(reader.Number, ref index),
                (8, ProtobufWireType.LengthDelimited) => Set(reader.Bytes, ref groupedLicense),
                (9, ProtobufWireType.Varint) => Set(reader.Number, ref scheme),
                (10, ProtobufWireType.Varint) => Set(reader.Number, ref seconds),
                (11, ProtobufWireType.Varint) => Set(reader.Number, ref type),
                (14, ProtobufWireType.LengthDelimited) => Add(reader.Bytes, entitledKeys),
                _ => false,
            };
            if (!expressed) unknown.AddRange(reader.Raw);
        }

        if (reader.Error is { } error) return error;
        data = new WidevinePsshData
        {
            Algorithm = algorithm,
            KeyIds = keyIds,
            Provider = provider,
            ContentId = contentId,
            TrackType = trackType,
            Policy = policy,
            CryptoPeriodIndex = index,
            GroupedLicense = groupedLicense,
            Scheme = scheme,
            CryptoPeriodSeconds = seconds,
            Type = type,
            EntitledKeys = entitledKeys,
            UnknownFields = unknown.ToArray(),
        };
        return null;
    }

    private static bool Set(ulong number, ref uint? value)
    {
        if (number > uint.MaxValue) return false;
        value = (uint)number;
        return true;
    }

    private static bool Set(ulong number, ref ProtectionScheme? value)
    {
        if (number > int.MaxValue || !Enum.IsDefined((ProtectionScheme)number)) return false;
        value = (ProtectionScheme)number;
        return true;
    }

    private static bool Set(ulong number, ref WidevinePsshType? value)
    {
        if (number > (ulong)WidevinePsshType.EntitledKey) return false;
        value = (WidevinePsshType)number;
        return true;
    }

    private static bool Set(ReadOnlySpan<byte> bytes, ref byte[] value)
    {
        value = bytes.ToArray();
        return true;
    }

    private static bool Set(ReadOnlySpan<byte> bytes, ref string? value)
    {
        try
        {
            value = StrictUtf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false; // kept as it is, among the unknown fields
        }
    }

    private static bool Add(ReadOnlySpan<byte> bytes, List<KeyId> keyIds)
    {
        if (bytes.Length != KeyId.Size) return false;
        keyIds.Add(new KeyId(bytes));
        return true;
    }

    private static bool Add(ReadOnlySpan<byte> bytes, List<WidevineEntitledKey> keys)
    {
        if (WidevineEntitledKey.TryParse(bytes) is not { } key) return false;
        keys.Add(key);
        return true;
    }
}
