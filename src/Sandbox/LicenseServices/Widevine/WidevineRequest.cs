using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>Who asks, as the device's certificate proves it.</summary>
internal sealed record WidevineClient(WidevineCertificate Certificate, WidevineLevel Level, IReadOnlyList<(string Name, string Value)> Info, int MaxHdcp, int OemCryptoVersion);

/// <summary>A licence request whose signature, certificate and form were checked.</summary>
internal sealed record WidevineRequest
{
    /// <summary>Null in a renewal or release that carries no client id.</summary>
    public WidevineClient? Client { get; init; }

    /// <summary>LicenseRequest.type: 1 new, 2 renewal, 3 release.</summary>
    public required int Type { get; init; }

    public required byte[] Message { get; init; }

    public int LicenseType { get; init; } = Fields.PsshContent.Streaming;

    public byte[] RequestId { get; init; } = [];

    public WidevinePsshData? Pssh { get; init; }

    /// <summary>The pssh is of type ENTITLEMENT or ENTITLED_KEY.</summary>
    public bool OfEntitlements { get; init; }

    /// <summary>LicenseIdentification of a renewal or release.</summary>
    public byte[]? ExistingLicense { get; init; }

    /// <param name="signedMessage">The parsed payload, of type LICENSE_REQUEST.</param>
    /// <param name="macClient">For the session id of a renewal or release: the key that the device authenticates with.</param>
    /// <exception cref="SandboxException">Anything that does not fit.</exception>
    public static WidevineRequest Read(ProtoMessage signedMessage, Func<byte[], byte[]> macClient)
    {
        var bytes = signedMessage.Need(Fields.SignedMessage.Msg, "the licence request");
        var signature = signedMessage.Need(Fields.SignedMessage.Signature, "the signature");
        var request = ProtoMessage.Parse(bytes, "LicenseRequest");
        if (request.Int(Fields.LicenseRequest.ProtocolVersion) is not (20 or 21 or 22)) throw request.Broken("the protocol version is none of 20, 21 and 22");
        if (request.Varint(Fields.LicenseRequest.RequestTime) is null) throw request.Broken("the request time is missing");
        var content = request.Message(Fields.LicenseRequest.ContentId, "ContentIdentification") ?? throw request.Broken("the content id is missing");
        var client = ReadClient(request);
        var type = request.Int(Fields.LicenseRequest.Type) ?? Fields.LicenseRequest.TypeNew;
        return type switch
        {
            Fields.LicenseRequest.TypeNew => ReadNew(client ?? throw request.Broken("the client id is missing"), content, bytes, signature),
            Fields.LicenseRequest.TypeRenewal or Fields.LicenseRequest.TypeRelease => ReadExisting(client, type, content, bytes, signature, macClient),
            _ => throw request.Broken("the type is none of NEW, RENEWAL and RELEASE"),
        };
    }

    private static WidevineRequest ReadNew(WidevineClient client, ProtoMessage content, ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> signature)
    {
        using var key = client.Certificate.OpenPublicKey();
        if (!key.VerifyData(bytes.Span, signature.Span, HashAlgorithmName.SHA1, RSASignaturePadding.Pss))
            throw new SandboxException(SandboxFailure.Signature, "The request is not signed by the device's key.");
        var pssh = content.Message(Fields.LicenseRequest.ContentPssh, "WidevinePsshData") ?? throw content.Broken("only pssh content is served");
        WidevinePsshData data;
        var named = pssh.Need(Fields.PsshContent.PsshData, "the pssh data");
        try
        {
            data = WidevinePsshData.Parse(named.Span);
        }
        catch (CencFormatException)
        {
            throw new SandboxException(SandboxFailure.Format, "The pssh data is malformed.", WidevineStatus.InvalidPssh);
        }

        return new WidevineRequest
        {
            Client = client,
            Type = Fields.LicenseRequest.TypeNew,
            Message = bytes.ToArray(),
            LicenseType = pssh.Int(Fields.PsshContent.LicenseType) is { } licenseType and (1 or 2 or 3) ? licenseType : throw pssh.Broken("the licence type is out of range"),
            RequestId = pssh.Need(Fields.PsshContent.RequestId, "the request id").ToArray(),
            Pssh = data,
            OfEntitlements = WidevinePssh.Read(named).IsOfEntitlements,
        };
    }

    private static WidevineRequest ReadExisting(
        WidevineClient? client, int type, ProtoMessage content, ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> signature, Func<byte[], byte[]> macClient)
    {
        var existing = content.Message(Fields.LicenseRequest.ContentExisting, "ExistingLicense") ?? throw content.Broken("the existing licence is missing");
        var id = existing.Need(Fields.ExistingLicense.LicenseId, "the licence id").ToArray();
        var session = ProtoMessage.Parse(id, "LicenseIdentification").Need(Fields.LicenseId.SessionId, "the session id").ToArray();
        if (!CryptographicOperations.FixedTimeEquals(WidevineSessionKeys.Sign(macClient(session), bytes.Span), signature.Span))
            throw new SandboxException(SandboxFailure.Signature, "The request is not authenticated with the key of its licence.");
        return new WidevineRequest { Client = client, Type = type, Message = bytes.ToArray(), ExistingLicense = id };
    }

    private static WidevineClient? ReadClient(ProtoMessage request)
    {
        var clear = request.Message(Fields.LicenseRequest.ClientId, "ClientIdentification");
        var encrypted = request.Message(Fields.LicenseRequest.EncryptedClientId, "EncryptedClientIdentification");
        if (clear is not null && encrypted is not null) throw request.Broken("it has a clear and an encrypted client id");
        var client = clear ?? (encrypted is null ? null : Decrypt(encrypted));
        if (client is null) return null;
        if (client.Int(Fields.ClientId.Type) != Fields.ClientId.TypeDeviceCertificate) throw new SandboxException(SandboxFailure.Certificate, "Only devices with a DRM certificate are known here.");
        using var root = SandboxIdentities.WidevineRoot();
        var certificate = WidevineCertificate.Verify(client.Need(Fields.ClientId.Token, "the device certificate"), root, Fields.Certificate.TypeDevice);
        var level = WidevineModels.Level(certificate.SystemId) ?? throw new SandboxException(SandboxFailure.Certificate, "The device's system id is unknown.");
        var capabilities = client.Message(Fields.ClientId.Capabilities, "ClientCapabilities");
        return new WidevineClient(
            certificate,
            level,
            [.. client.All(Fields.ClientId.Info).Select(item => ProtoMessage.Parse(item, "NameValue")).Select(item => (item.Text(Fields.ClientId.InfoName) ?? "", item.Text(Fields.ClientId.InfoValue) ?? ""))],
            capabilities?.Int(Fields.ClientId.MaxHdcpVersion) ?? 0,
            capabilities?.Int(Fields.ClientId.OemCryptoApiVersion) ?? 0);
    }

    private static ProtoMessage Decrypt(ProtoMessage encrypted)
    {
        if (encrypted.Text(Fields.EncryptedClientId.ProviderId) != WidevineServiceCertificate.ProviderId
            || !encrypted.Need(Fields.EncryptedClientId.CertificateSerial, "the serial number").Span.SequenceEqual(WidevineServiceCertificate.Serial))
            throw new SandboxException(SandboxFailure.Certificate, "The client id is encrypted for another service certificate.");
        try
        {
            using var service = SandboxIdentities.WidevineService();
            using var aes = Aes.Create();
            aes.SetKey(service.Decrypt(encrypted.Need(Fields.EncryptedClientId.PrivacyKey, "the privacy key").Span, RSAEncryptionPadding.OaepSHA1));
            var clear = aes.DecryptCbc(encrypted.Need(Fields.EncryptedClientId.Data, "the client id").Span, encrypted.Need(Fields.EncryptedClientId.Iv, "the IV").Span);
            return ProtoMessage.Parse(clear, "ClientIdentification");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new SandboxException(SandboxFailure.Signature, "The client id cannot be decrypted.");
        }
    }
}
