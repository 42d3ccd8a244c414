using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems;

/// <summary>What a Widevine challenge says in the open, for people: its device says this of itself, and no signature was checked.</summary>
public sealed record WidevineOutline
{
    /// <summary>Shorter content is a key id: pssh data begins with the same bytes as a SignedMessage.</summary>
    private const int MinMessage = KeyId.Size + 1;

    private const uint MaxType = 64;

    /// <summary>"licence request", "renewal", "release", "request for a service certificate".</summary>
    public required string Kind { get; init; }

    public IReadOnlyList<KeyId> KeyIds { get; init; } = [];

    /// <summary>It asks for entitlement keys, and <see cref="KeyIds"/> are theirs.</summary>
    public bool OfEntitlements { get; init; }

    public string? ContentId { get; init; }

    /// <summary>The device asks for a licence to keep.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Hex.</summary>
    public string? RequestId { get; init; }

    /// <summary>Seconds since 1970 by the device's clock; 0 where absent.</summary>
    public ulong RequestTime { get; init; }

    /// <summary>20 to 22; 0 where absent.</summary>
    public ulong ProtocolVersion { get; init; }

    /// <summary>The client id is encrypted to a service certificate, as browsers do: nothing of the device can be read.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Of the service certificate that a private client id is encrypted to.</summary>
    public string? ServiceProvider { get; init; }

    public string? CompanyName { get; init; }

    public string? ModelName { get; init; }

    public string? DeviceName { get; init; }

    public string? Architecture { get; init; }

    public string? PackageName { get; init; }

    /// <summary>0 none, 1 to 5 for 1, 2, 2.1, 2.2, 2.3; 255 no digital output. Null where absent.</summary>
    public int? MaxHdcp { get; init; }

    /// <summary>The model in revocation lists; null where the client id carries no device certificate in the open.</summary>
    public long? SystemId { get; init; }

    /// <summary>Hex.</summary>
    public string? CertificateSerial { get; init; }

    /// <returns>Null where the bytes are no SignedMessage.</returns>
    /// <exception cref="ChallengeException">They are one, and it is no challenge or cannot be read.</exception>
    public static WidevineOutline? TryRead(ReadOnlySpan<byte> bytes)
    {
        switch (TypeOf(bytes))
        {
            case null: return null;
            case WidevineMessageType.License: throw Other("It is a Widevine licence: its keys are encrypted for one device, and nobody else reads them.");
            case WidevineMessageType.ServiceCertificate: throw Other("It is a Widevine service certificate, which a licence service answered with.");
            case WidevineMessageType.ErrorResponse: throw Other("It is an error that a Widevine licence service answered with.");
        }

        var challenge = WidevineChallenge.Parse(bytes);
        var (systemId, serial) = challenge.IsPrivate ? (null, null) : ReadCertificate(challenge.ClientId.Span);
        return new WidevineOutline
        {
            Kind = challenge.Type == WidevineMessageType.ServiceCertificateRequest ? "request for a service certificate" : NameOf(challenge.Kind),
            KeyIds = challenge.KeyIds,
            OfEntitlements = challenge.OfEntitlements,
            ContentId = challenge.ContentId,
            IsOffline = challenge.Use == ContentUse.Download,
            RequestId = challenge.RequestId,
            RequestTime = challenge.RequestTime,
            ProtocolVersion = challenge.ProtocolVersion,
            IsPrivate = challenge.IsPrivate,
            ServiceProvider = challenge.IsPrivate && Field(challenge.ClientId.Span, 1) is { IsEmpty: false } provider ? System.Text.Encoding.UTF8.GetString(provider[..Math.Min(provider.Length, 256)]) : null,
            CompanyName = challenge.Client.CompanyName,
            ModelName = challenge.Client.ModelName,
            DeviceName = challenge.Client.DeviceName,
            Architecture = challenge.Client.Architecture,
            PackageName = challenge.Client.PackageName,
            MaxHdcp = challenge.Client.MaxHdcp,
            SystemId = systemId,
            CertificateSerial = serial,
        };
    }

    /// <summary>Told by its first two fields: the type, and a message too long for a key id.</summary>
    private static WidevineMessageType? TypeOf(ReadOnlySpan<byte> bytes)
    {
        var fields = new ProtobufReader(bytes);
        if (!fields.Next() || fields.Field != 1 || fields.WireType != ProtobufWireType.Varint || fields.Number is < 1 or > MaxType) return null;
        var type = (WidevineMessageType)fields.Number;
        if (!fields.Next()) return type == WidevineMessageType.ServiceCertificateRequest && fields.Error is null ? type : null;
        return fields.Field == 2 && fields.WireType == ProtobufWireType.LengthDelimited && fields.Bytes.Length >= MinMessage && Enum.IsDefined(type) ? type : null;
    }

    /// <summary>ClientIdentification {2 token: SignedDrmCertificate {1 DrmCertificate {2 serial; 5 system id}}}. What is no such certificate says nothing.</summary>
    private static (long? SystemId, string? Serial) ReadCertificate(ReadOnlySpan<byte> clientId)
    {
        var certificate = new ProtobufReader(Field(Field(clientId, 2), 1));
        long? systemId = null;
        string? serial = null;
        while (certificate.Next())
        {
            if (certificate is { Field: 2, WireType: ProtobufWireType.LengthDelimited } && certificate.Bytes.Length is > 0 and <= 64) serial = Convert.ToHexStringLower(certificate.Bytes);
            else if (certificate is { Field: 5, WireType: ProtobufWireType.Varint, Number: <= uint.MaxValue }) systemId = (long)certificate.Number;
        }

        return certificate.Error is null ? (systemId, serial) : (null, null);
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> message, uint field)
    {
        var fields = new ProtobufReader(message);
        while (fields.Next())
            if (fields.Field == field && fields.WireType == ProtobufWireType.LengthDelimited) return fields.Bytes;
        return default;
    }

    private static string NameOf(LicenseKind kind) => kind switch
    {
        LicenseKind.Renewal => "renewal",
        LicenseKind.Release => "release",
        _ => "licence request",
    };

    private static ChallengeException Other(string message) => new(ReasonCodes.ChallengeUnsupported, message);
}
