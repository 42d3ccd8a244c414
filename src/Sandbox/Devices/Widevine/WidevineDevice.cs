using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.Devices.Widevine;

/// <summary>Widevine's levels; the lower number guards better.</summary>
public enum WidevineLevel
{
    L1 = 1,
    L2 = 2,
    L3 = 3,
}

/// <summary>
/// A Widevine device: a device certificate with its RSA key, signed by the sandbox's root. Once it has a service certificate it works
/// in privacy mode, as browsers do: its identity is then encrypted, and only the licence service can read it.
/// </summary>
public sealed class WidevineDevice : ISimulatedDevice
{
    private const int ProtocolVersion = 21;

    /// <summary>The first version of a device's crypto that loads entitlement keys.</summary>
    private const int EntitlementVersion = 14;

    private readonly RSA _key;
    private readonly int _oemCryptoVersion;
    private readonly TimeProvider _time;
    private readonly byte[] _token;
    private WidevineCertificate? _service;

    /// <param name="name">Two devices of one level and name are the same device to a service.</param>
    /// <param name="oemCryptoVersion">Below 14 the device knows no entitlement licences.</param>
    public WidevineDevice(WidevineLevel level, string name = "sandbox", HdcpVersion hdcp = HdcpVersion.Hdcp22, TimeProvider? time = null, int oemCryptoVersion = 17)
    {
        _oemCryptoVersion = oemCryptoVersion;
        _time = time ?? TimeProvider.System;
        SecurityLevel = level;
        Name = name;
        Hdcp = hdcp;
        _key = DeviceKeys.Rsa($"widevine/{level}/{name}");
        using var root = SandboxIdentities.WidevineRoot();
        _token = new WidevineCertificate
        {
            Type = Fields.Certificate.TypeDevice,
            Serial = SerialOf(level, name),
            CreatedSeconds = 1_700_000_000,
            PublicKey = _key.ExportRSAPublicKey(),
            SystemId = WidevineModels.SystemId(level),
        }.Sign(root);
    }

    public DrmSystem System => DrmSystem.Widevine;

    public WidevineLevel SecurityLevel { get; }

    public string Level => SecurityLevel.ToString();

    public string Name { get; }

    public HdcpVersion Hdcp { get; }

    /// <summary>Serial number of the device certificate, in lower-case hex.</summary>
    public string CertificateSerial => Convert.ToHexStringLower(SerialOf(SecurityLevel, Name));

    public bool PrivacyMode => _service is not null;

    /// <summary>What a device sends when it wants a service certificate.</summary>
    public static byte[] ServiceCertificateRequest => [0x08, Fields.SignedMessage.TypeServiceCertificateRequest];

    /// <summary>Takes the answer to <see cref="ServiceCertificateRequest"/>; from now on the device works in privacy mode.</summary>
    /// <exception cref="SandboxException">Not a service certificate, or not one under the sandbox's root.</exception>
    public void UseServiceCertificate(ReadOnlyMemory<byte> answer)
    {
        var message = ProtoMessage.Parse(answer, "SignedMessage");
        if (message.Int(Fields.SignedMessage.Type) != Fields.SignedMessage.TypeServiceCertificate) throw SandboxException.Format("The answer is no service certificate.");
        using var root = SandboxIdentities.WidevineRoot();
        var certificate = WidevineCertificate.Verify(message.Need(Fields.SignedMessage.Msg, "the certificate"), root, Fields.Certificate.TypeService);
        if (certificate.ProviderId is null) throw new SandboxException(SandboxFailure.Certificate, "The service certificate names no provider.");
        _service = certificate;
    }

    public DeviceChallenge Ask(LicenseWish wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        return wish.Kind == LicenseKind.New ? AskNew(wish) : AskAgain(wish);
    }

    /// <summary>
    /// Takes what the media carries next (the boxes of another crypto period) with a licence that the device has. Nobody is asked.
    /// </summary>
    /// <returns>The same licence with the keys that its entitlement keys open; the caller owns these too.</returns>
    /// <exception cref="SandboxException">The licence holds no entitlement keys, or these are no pssh boxes.</exception>
    public OpenedLicense TakeEntitled(OpenedLicense license, ReadOnlySpan<byte> initData)
    {
        ArgumentNullException.ThrowIfNull(license);
        if (_oemCryptoVersion < EntitlementVersion || license.State is not WidevineLicenseState { Entitlements.Count: > 0 } state) throw new SandboxException(SandboxFailure.Policy, "The licence holds no entitlement keys, or the device knows none.");
        return license with { Keys = WidevineEntitlement.Open(state.Entitlements, WidevinePssh.ReadBoxes(initData)) };
    }

    public void Dispose() => _key.Dispose();

    private WidevineChallenge AskNew(LicenseWish wish)
    {
        var media = wish.InitData.IsEmpty ? [] : WidevinePssh.ReadBoxes(wish.InitData.Span);
        var content = new ProtoBuilder().Message(Fields.LicenseRequest.ContentPssh, new ProtoBuilder()
            .Bytes(Fields.PsshContent.PsshData, wish.InitData.IsEmpty ? Named(wish) : Preferred(media).Data.Span)
            .Varint(Fields.PsshContent.LicenseType, (ulong)(wish.Offline ? Fields.PsshContent.Offline : Fields.PsshContent.Streaming))
            .Bytes(Fields.PsshContent.RequestId, RandomNumberGenerator.GetBytes(16)));
        var request = Request(Fields.LicenseRequest.TypeNew, content, withClientId: true);
        return Challenge(request, _key.SignData(request, HashAlgorithmName.SHA1, RSASignaturePadding.Pss), null, wish, media);
    }

    /// <summary>The first box that carries keys, where the device can use that; else the first.</summary>
    private WidevinePssh Preferred(IReadOnlyList<WidevinePssh> media)
    {
        if (media.Count == 0) throw new SandboxException(SandboxFailure.Policy, "The init data has no Widevine box.");
        return (_oemCryptoVersion >= EntitlementVersion ? media.FirstOrDefault(pssh => pssh.CarriesKeys) : null) ?? media[0];
    }

    private static byte[] Named(LicenseWish wish)
    {
        if (wish.KeyIds.Count == 0 && wish.ContentId is null) throw new SandboxException(SandboxFailure.Policy, "A Widevine request names key ids or a content id.");
        return new WidevinePsshData
        {
            KeyIds = wish.KeyIds,
            ContentId = wish.ContentId is { } id ? Encoding.UTF8.GetBytes(id) : default(ReadOnlyMemory<byte>),
            Scheme = wish.Scheme,
        }.ToByteArray();
    }

    /// <summary>A renewal or a release is authenticated with the key that came in the licence, not with the device's own.</summary>
    private WidevineChallenge AskAgain(LicenseWish wish)
    {
        if (wish.Existing?.State is not WidevineLicenseState state) throw new SandboxException(SandboxFailure.Policy, "A renewal or a release needs the Widevine licence that it is about.");
        var seconds = (_time.GetUtcNow().ToUnixTimeMilliseconds() - wish.Existing.StartedMs) / 1000;
        var content = new ProtoBuilder().Message(Fields.LicenseRequest.ContentExisting, new ProtoBuilder()
            .Bytes(Fields.ExistingLicense.LicenseId, state.LicenseId)
            .Varint(Fields.ExistingLicense.SecondsSinceStarted, Math.Max(0, seconds))
            .Varint(Fields.ExistingLicense.SecondsSinceLastPlayed, 0UL));
        var type = wish.Kind == LicenseKind.Renewal ? Fields.LicenseRequest.TypeRenewal : Fields.LicenseRequest.TypeRelease;
        var request = Request(type, content, state.AlwaysIncludeClientId);
        return Challenge(request, WidevineSessionKeys.Sign(state.MacClient, request), state, wish, []);
    }

    private WidevineChallenge Challenge(byte[] request, byte[] signature, WidevineLicenseState? existing, LicenseWish wish, IReadOnlyList<WidevinePssh> media) => new()
    {
        Body = new ProtoBuilder()
            .Varint(Fields.SignedMessage.Type, (ulong)Fields.SignedMessage.TypeLicenseRequest)
            .Bytes(Fields.SignedMessage.Msg, request)
            .Bytes(Fields.SignedMessage.Signature, signature)
            .ToArray(),
        ContentType = "application/octet-stream",
        Device = this,
        Request = request,
        Existing = existing,
        Wish = wish,
        Media = media,
    };

    private byte[] Request(int type, ProtoBuilder content, bool withClientId)
    {
        var request = new ProtoBuilder();
        if (withClientId && _service is null) request.Bytes(Fields.LicenseRequest.ClientId, ClientId());
        request.Message(Fields.LicenseRequest.ContentId, content)
            .Varint(Fields.LicenseRequest.Type, (ulong)type)
            .Varint(Fields.LicenseRequest.RequestTime, _time.GetUtcNow().ToUnixTimeSeconds())
            .Varint(Fields.LicenseRequest.ProtocolVersion, (ulong)ProtocolVersion)
            .Varint(Fields.LicenseRequest.KeyControlNonce, (ulong)RandomNumberGenerator.GetInt32(int.MaxValue));
        if (withClientId && _service is not null) request.Bytes(Fields.LicenseRequest.EncryptedClientId, EncryptedClientId(_service));
        return request.ToArray();
    }

    private byte[] ClientId()
    {
        var id = new ProtoBuilder().Varint(Fields.ClientId.Type, (ulong)Fields.ClientId.TypeDeviceCertificate).Bytes(Fields.ClientId.Token, _token);
        foreach (var (name, value) in WidevineModels.Info(SecurityLevel))
            id.Message(Fields.ClientId.Info, new ProtoBuilder().Text(Fields.ClientId.InfoName, name).Text(Fields.ClientId.InfoValue, value));
        return id.Message(Fields.ClientId.Capabilities, new ProtoBuilder()
            .Varint(Fields.ClientId.MaxHdcpVersion, (ulong)Hdcp)
            .Varint(Fields.ClientId.OemCryptoApiVersion, (ulong)_oemCryptoVersion)
            .Varint(Fields.ClientId.ResourceRatingTier, 3UL)).ToArray();
    }

    private byte[] EncryptedClientId(WidevineCertificate service)
    {
        using var aes = Aes.Create();
        using var serviceKey = service.OpenPublicKey();
        var (key, iv) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16));
        aes.SetKey(key);
        return new ProtoBuilder()
            .Text(Fields.EncryptedClientId.ProviderId, service.ProviderId)
            .Bytes(Fields.EncryptedClientId.CertificateSerial, service.Serial)
            .Bytes(Fields.EncryptedClientId.Data, aes.EncryptCbc(ClientId(), iv))
            .Bytes(Fields.EncryptedClientId.Iv, iv)
            .Bytes(Fields.EncryptedClientId.PrivacyKey, serviceKey.Encrypt(key, RSAEncryptionPadding.OaepSHA1))
            .ToArray();
    }

    private static byte[] SerialOf(WidevineLevel level, string name) => SHA256.HashData(Encoding.UTF8.GetBytes($"widevine/{level}/{name}"))[..16];

    internal RSA Key => _key;

    internal TimeProvider Time => _time;
}
