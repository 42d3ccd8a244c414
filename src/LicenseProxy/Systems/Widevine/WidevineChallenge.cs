using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// A Widevine challenge as far as it can be read without Google's keys. A SignedMessage (1 type, 2 message, 3 signature) around a LicenseRequest (1 client_id,
/// 2 content_id, 3 type, 4 request_time, 6 protocol_version, 8 encrypted_client_id). The signature is not checked here: the licence is encrypted for
/// the device that the client id names, so that a forged challenge gets nothing that its forger can open, and the service refuses it.
/// </summary>
/// <remarks>
/// A field that may stand once and stands twice is refused. Readers differ in which one counts, and the hub must not decide about another
/// title than the service writes a licence for.
/// </remarks>
internal sealed record WidevineChallenge
{
    public const int MaxKeyIds = 128;
    private const int MaxRequestId = 128;

    public required WidevineMessageType Type { get; init; }

    public LicenseKind Kind { get; init; }

    /// <summary>What it asks keys by: ids of content keys, or of entitlement keys where <see cref="OfEntitlements"/>.</summary>
    public IReadOnlyList<KeyId> KeyIds { get; init; } = [];

    /// <summary>The pssh is of type ENTITLEMENT or ENTITLED_KEY: the licence is to hold entitlement keys.</summary>
    public bool OfEntitlements { get; init; }

    /// <summary>As text, see <see cref="WidevineContentId"/>; null where the challenge names none.</summary>
    public string? ContentId { get; init; }

    /// <summary>Field license_type: OFFLINE is a download.</summary>
    public ContentUse Use { get; init; }

    /// <summary>Of the first licence request of a playback; its renewals carry it on. Hex; null where absent.</summary>
    public string? RequestId { get; init; }

    /// <summary>What the service was told when it wrote the licence that this renews or releases; see <see cref="WidevineSessionToken"/>.</summary>
    public ReadOnlyMemory<byte> SessionToken { get; init; }

    /// <summary>Seconds since 1970 by the device's clock; 0 where absent.</summary>
    public ulong RequestTime { get; init; }

    public ulong ProtocolVersion { get; init; }

    /// <summary>The bytes that name the device, in the clear or encrypted; empty in many renewals.</summary>
    public ReadOnlyMemory<byte> ClientId { get; init; }

    /// <summary>Whether <see cref="ClientId"/> is encrypted to the service (privacy mode), as browsers do.</summary>
    public bool IsPrivate { get; init; }

    public WidevineClientInfo Client { get; init; } = WidevineClientInfo.Unknown;

    /// <exception cref="ChallengeException">Not such a message.</exception>
    public static WidevineChallenge Parse(ReadOnlySpan<byte> body)
    {
        var fields = new WidevineFields(body, "SignedMessage");
        WidevineMessageType? type = null;
        ReadOnlySpan<byte> message = default;
        while (fields.Next())
        {
            if (fields.Is(1, ProtobufWireType.Varint)) type = (WidevineMessageType)Math.Min(fields.Number, int.MaxValue);
            else if (fields.Is(2, ProtobufWireType.LengthDelimited)) message = fields.Bytes;
        }

        return type switch
        {
            WidevineMessageType.ServiceCertificateRequest => new WidevineChallenge { Type = WidevineMessageType.ServiceCertificateRequest },
            WidevineMessageType.LicenseRequest when message.Length > 0 => ParseRequest(message),
            WidevineMessageType.LicenseRequest => throw WidevineFields.Malformed("The SignedMessage has no message."),
            null => throw WidevineFields.Malformed("The body is no Widevine challenge: it has no message type."),
            _ => throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "The message is neither a licence request nor a service certificate request."),
        };
    }

    private static WidevineChallenge ParseRequest(ReadOnlySpan<byte> message)
    {
        var fields = new WidevineFields(message, "LicenseRequest");
        var challenge = new WidevineChallenge { Type = WidevineMessageType.LicenseRequest };
        var content = false;
        while (fields.Next())
        {
            if (fields.Is(1, ProtobufWireType.LengthDelimited)) challenge = challenge with { ClientId = fields.Bytes.ToArray(), Client = WidevineClientInfo.Parse(fields.Bytes) };
            else if (fields.Is(2, ProtobufWireType.LengthDelimited)) (challenge, content) = (WidevineContent.Parse(fields.Bytes, challenge), true);
            else if (fields.Is(3, ProtobufWireType.Varint)) challenge = challenge with { Kind = KindOf(fields.Number) };
            else if (fields.Is(4, ProtobufWireType.Varint)) challenge = challenge with { RequestTime = fields.Number };
            else if (fields.Is(6, ProtobufWireType.Varint)) challenge = challenge with { ProtocolVersion = fields.Number };
            else if (fields.Is(8, ProtobufWireType.LengthDelimited)) challenge = challenge with { ClientId = fields.Bytes.ToArray(), IsPrivate = true };
        }

        if (!content) throw WidevineFields.Malformed("The licence request names no content.");
        if (challenge.Kind == LicenseKind.New && challenge.KeyIds.Count == 0 && challenge.ContentId is null) throw WidevineFields.Malformed("The licence request has neither a key id nor a content id.");
        return challenge;
    }

    private static LicenseKind KindOf(ulong type) => type switch
    {
        1 => LicenseKind.New,
        2 => LicenseKind.Renewal,
        3 => LicenseKind.Release,
        _ => throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "The licence request is none of new, renewal and release."),
    };

    internal static string RequestIdOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length is > 0 and <= MaxRequestId ? Convert.ToHexStringLower(bytes) : throw WidevineFields.Malformed($"A request id has 1 to {MaxRequestId} bytes.");
}
