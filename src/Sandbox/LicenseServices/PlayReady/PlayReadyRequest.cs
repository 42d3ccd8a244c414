using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Devices.PlayReady;
using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using static DrmHub.Sandbox.Wire.PlayReadyNames;

namespace DrmHub.Sandbox.LicenseServices.PlayReady;

/// <summary>A licence request whose signature and certificate were checked, character for character.</summary>
internal sealed class PlayReadyRequest : IDisposable
{
    private readonly X509Certificate2 _certificate;

    private PlayReadyRequest(X509Certificate2 certificate, PlayReadyLevel level, XElement element)
    {
        _certificate = certificate;
        Level = level;
        Nonce = element.Need(Protocols + "LicenseNonce").Base64();
        CustomData = element.Element(Protocols + "CustomData")?.Value;
        ClientVersion = element.Need(Protocols + "CLIENTINFO", Protocols + "CLIENTVERSION").Value;
        try
        {
            var header = element.Need(Protocols + "ContentHeader").Elements().FirstOrDefault() ?? throw SandboxException.Format("The content header is missing.");
            KeyIds = [.. WrmHeader.Parse(header.ToString(SaveOptions.DisableFormatting)).Keys.Select(key => key.KeyId)];
        }
        catch (CencFormatException)
        {
            throw SandboxException.Format("The content header is malformed.");
        }
    }

    public PlayReadyLevel Level { get; }

    public byte[] Nonce { get; }

    public string? CustomData { get; }

    public string ClientVersion { get; }

    public IReadOnlyList<KeyId> KeyIds { get; } = [];

    /// <param name="soap">The body as it came.</param>
    /// <exception cref="SandboxException">Anything that does not fit.</exception>
    public static PlayReadyRequest Read(string soap)
    {
        var challenge = Parse(soap).Need(Soap + "Body", Protocols + "AcquireLicense", Protocols + "challenge", Messages + "Challenge");
        var element = challenge.Need(Protocols + "LA");
        if ((string?)element.Attribute("Id") != "SignedData") throw SandboxException.Format("The LA element has no Id SignedData.");
        var (certificate, level) = PlayReadyIdentity.Verify(CertificateOf(element));
        try
        {
            CheckSignature(challenge, SignedText(soap), certificate);
            return new PlayReadyRequest(certificate, level, element);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    public (byte[] Ephemeral, byte[] Sealed) SealForDevice(byte[] key)
    {
        using var device = _certificate.GetECDiffieHellmanPublicKey()!;
        return PlayReadySeal.Seal(device.PublicKey, key);
    }

    public void Dispose() => _certificate.Dispose();

    /// <summary>The signed element as it stands in the body: a proxy that wrote the XML anew has broken the signature.</summary>
    private static byte[] SignedText(string soap)
    {
        var start = soap.IndexOf("<LA ", StringComparison.Ordinal);
        var end = start < 0 ? -1 : soap.IndexOf("</LA>", start, StringComparison.Ordinal);
        return end < 0 ? throw SandboxException.Format("The LA element is not written as devices write it.") : Encoding.UTF8.GetBytes(soap[start..(end + "</LA>".Length)]);
    }

    private static void CheckSignature(XElement challenge, byte[] text, X509Certificate2 certificate)
    {
        var signature = challenge.Need(Signature + "Signature");
        var digest = signature.Need(Signature + "SignedInfo", Signature + "Reference", Signature + "DigestValue").Base64();
        using var key = certificate.GetECDsaPublicKey()!;
        if (!CryptographicOperations.FixedTimeEquals(digest, SHA256.HashData(text)) || !key.VerifyData(text, signature.Need(Signature + "SignatureValue").Base64(), HashAlgorithmName.SHA256))
            throw new SandboxException(SandboxFailure.Signature, "The request's signature does not fit: it was changed on its way.", "0x8004c601");
    }

    private static byte[] CertificateOf(XElement element)
    {
        var data = element.Need(Encryption + "EncryptedData");
        var ephemeral = data.Need(Signature + "KeyInfo", Encryption + "EncryptedKey", Encryption + "CipherData", Encryption + "CipherValue").Base64();
        using var service = SandboxIdentities.PlayReadyRoot();
        using var agreement = service.GetECDiffieHellmanPrivateKey()!;
        var clear = PlayReadySeal.Open(agreement, ephemeral, data.Need(Encryption + "CipherData", Encryption + "CipherValue").Base64());
        return Parse(Encoding.UTF8.GetString(clear)).Need("CertificateChains", "CertificateChain").Base64();
    }
}
