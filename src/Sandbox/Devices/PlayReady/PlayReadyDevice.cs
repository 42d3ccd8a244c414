using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using static DrmHub.Sandbox.Wire.PlayReadyNames;

namespace DrmHub.Sandbox.Devices.PlayReady;

/// <summary>PlayReady's security levels; higher guards better.</summary>
public enum PlayReadyLevel
{
    /// <summary>A test device.</summary>
    SL150 = 150,

    SL2000 = 2000,

    SL3000 = 3000,
}

/// <summary>How the request reaches the licence server.</summary>
public enum PlayReadyForm
{
    /// <summary>The SOAP message, as native players send it.</summary>
    Soap,

    /// <summary>The UTF-16 <c>PlayReadyKeyMessage</c> around it that browsers hand to the page, sent without being unwrapped.</summary>
    KeyMessage,
}

/// <summary>A PlayReady device: its certificate travels encrypted for the licence service, so nobody between sees its level.</summary>
public sealed class PlayReadyDevice : ISimulatedDevice
{
    private const string ClientVersion = "10.0.16384.10011";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TimeProvider _time;
    private readonly byte[] _certificate;

    public PlayReadyDevice(PlayReadyLevel level, string name = "sandbox", HdcpVersion hdcp = HdcpVersion.Hdcp22, PlayReadyForm form = PlayReadyForm.Soap, string? customData = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        SecurityLevel = level;
        Name = name;
        Hdcp = hdcp;
        Form = form;
        CustomData = customData;
        using var certificate = PlayReadyIdentity.Issue(level, $"playready/{level}/{name}", _key);
        _certificate = certificate.RawData;
    }

    public DrmSystem System => DrmSystem.PlayReady;

    public PlayReadyLevel SecurityLevel { get; }

    public string Level => SecurityLevel.ToString();

    public string Name { get; }

    public HdcpVersion Hdcp { get; }

    public PlayReadyForm Form { get; }

    /// <summary>What the application puts into the request; part of what the device signs.</summary>
    public string? CustomData { get; }

    public DeviceChallenge Ask(LicenseWish wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (wish.Kind == LicenseKind.Release) throw new SandboxException(SandboxFailure.Policy, "PlayReady gives no licence back; it stops securely instead.");
        if (wish.KeyIds.Count == 0) throw new SandboxException(SandboxFailure.Policy, "A PlayReady header names at least one key id.");
        var nonce = RandomNumberGenerator.GetBytes(16);
        var soap = Soap(Signed(LicenseAcquisition(wish, nonce)));
        return new PlayReadyChallenge
        {
            Body = Form == PlayReadyForm.Soap ? Encoding.UTF8.GetBytes(soap) : Wrap(soap),
            ContentType = Form == PlayReadyForm.Soap ? PlayReadyNames.ContentType : "application/octet-stream",
            Headers = Form == PlayReadyForm.Soap ? new Dictionary<string, string> { ["SOAPAction"] = $"\"{AcquireLicense}\"" } : new Dictionary<string, string>(),
            Device = this,
            Nonce = nonce,
            Wish = wish,
            NowMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
    }

    public void Dispose() => _key.Dispose();

    internal byte[] OpenKey(byte[] ephemeral, byte[] sealedKey)
    {
        using var agreement = ECDiffieHellman.Create(_key.ExportParameters(includePrivateParameters: true));
        return PlayReadySeal.Open(agreement, ephemeral, sealedKey);
    }

    /// <summary>The element that is signed, as text: a service checks these characters and no others.</summary>
    private string LicenseAcquisition(LicenseWish wish, byte[] nonce)
    {
        var header = WrmHeader.Create([.. wish.KeyIds.Select(keyId => WrmKey.ForScheme(keyId, wish.Scheme))]);
        return new XElement(
            Protocols + "LA",
            new XAttribute("Id", "SignedData"),
            new XAttribute(XNamespace.Xml + "space", "preserve"),
            new XElement(Protocols + "Version", 1),
            new XElement(Protocols + "ContentHeader", XElement.Parse(header.ToXml(), LoadOptions.PreserveWhitespace)),
            new XElement(Protocols + "CLIENTINFO", new XElement(Protocols + "CLIENTVERSION", ClientVersion)),
            new XElement(Protocols + "RevocationLists", new XElement(Protocols + "RevListInfo", new XElement(Protocols + "ListID", "ioydTlK2p0WXkWklprR5Hw=="), new XElement(Protocols + "Version", 11))),
            CustomData is null ? null : new XElement(Protocols + "CustomData", CustomData),
            new XElement(Protocols + "LicenseNonce", Convert.ToBase64String(nonce)),
            new XElement(Protocols + "ClientTime", _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            EncryptedIdentity()).ToString(SaveOptions.DisableFormatting);
    }

    private XElement EncryptedIdentity()
    {
        var identity = new XElement("Data", new XElement("CertificateChains", new XElement("CertificateChain", Convert.ToBase64String(_certificate)))).ToString(SaveOptions.DisableFormatting);
        using var service = SandboxIdentities.PlayReadyRoot();
        using var agreement = service.GetECDiffieHellmanPublicKey()!;
        var (ephemeral, data) = PlayReadySeal.Seal(agreement.PublicKey, Encoding.UTF8.GetBytes(identity));
        return new XElement(
            Encryption + "EncryptedData",
            new XAttribute("Type", $"{Encryption}Element"),
            new XElement(Encryption + "EncryptionMethod", new XAttribute("Algorithm", $"{Encryption}aes128-cbc")),
            new XElement(
                Signature + "KeyInfo",
                new XElement(
                    Encryption + "EncryptedKey",
                    new XElement(Encryption + "EncryptionMethod", new XAttribute("Algorithm", $"{Protocols}#ecc256")),
                    new XElement(Signature + "KeyInfo", new XElement(Signature + "KeyName", "WMRMServer")),
                    new XElement(Encryption + "CipherData", new XElement(Encryption + "CipherValue", Convert.ToBase64String(ephemeral))))),
            new XElement(Encryption + "CipherData", new XElement(Encryption + "CipherValue", Convert.ToBase64String(data))));
    }

    /// <summary>The element and, after it, a signature over its characters.</summary>
    private string Signed(string licenseAcquisition)
    {
        var signedInfo = new XElement(
            Signature + "SignedInfo",
            new XElement(Signature + "CanonicalizationMethod", new XAttribute("Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")),
            new XElement(Signature + "SignatureMethod", new XAttribute("Algorithm", $"{Protocols}#ecdsa-sha256")),
            new XElement(
                Signature + "Reference",
                new XAttribute("URI", "#SignedData"),
                new XElement(Signature + "DigestMethod", new XAttribute("Algorithm", $"{Protocols}#sha256")),
                new XElement(Signature + "DigestValue", Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(licenseAcquisition)))))).ToString(SaveOptions.DisableFormatting);
        var signature = new XElement(
            Signature + "Signature",
            XElement.Parse(signedInfo, LoadOptions.PreserveWhitespace),
            new XElement(Signature + "SignatureValue", Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(licenseAcquisition), HashAlgorithmName.SHA256))));
        return licenseAcquisition + signature.ToString(SaveOptions.DisableFormatting);
    }

    private static string Soap(string signed) =>
        new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?>")
            .Append("<soap:Envelope xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:soap=\"").Append(PlayReadyNames.Soap).Append("\"><soap:Body>")
            .Append("<AcquireLicense xmlns=\"").Append(Protocols).Append("\"><challenge><Challenge xmlns=\"").Append(Messages).Append("\">")
            .Append(signed)
            .Append("</Challenge></challenge></AcquireLicense></soap:Body></soap:Envelope>")
            .ToString();

    private static byte[] Wrap(string soap)
    {
        static XElement Header(string name, string value) => new("HttpHeader", new XElement("name", name), new XElement("value", value));
        var message = new XElement(
            "PlayReadyKeyMessage",
            new XAttribute("type", "LicenseAcquisition"),
            new XElement(
                "LicenseAcquisition",
                new XAttribute("Version", "1"),
                new XElement("Challenge", new XAttribute("encoding", "base64encoded"), Convert.ToBase64String(Encoding.UTF8.GetBytes(soap))),
                new XElement("HttpHeaders", Header("Content-Type", PlayReadyNames.ContentType), Header("SOAPAction", $"\"{AcquireLicense}\""))));
        return Encoding.Unicode.GetBytes(message.ToString(SaveOptions.DisableFormatting));
    }
}
