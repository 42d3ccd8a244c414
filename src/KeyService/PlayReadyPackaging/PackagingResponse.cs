using System.Text;
using System.Xml;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.PlayReadyPackaging;

/// <summary>
/// Writes the SOAP answers. <c>KeyId</c>, <c>KeyData</c> and <c>Data</c> stand bare, without prefixes and attributes, because Shaka Packager
/// looks for these very characters: the key id as a GUID in its usual order, the key and the PlayReady Object as base64.
/// </summary>
internal static class PackagingResponse
{
    private const string Soap = "http://schemas.xmlsoap.org/soap/envelope/";
    private const string Protocols = "http://schemas.microsoft.com/DRM/2007/03/protocols";
    private const string Packaging = "http://schemas.microsoft.com/DRM/2007/03/protocols/AcquirePackagingData/v1.0";

    public static byte[] Granted(IReadOnlyList<VaultKey> keys, string? licenseUrl) => Write(xml =>
    {
        xml.WriteStartElement("AcquirePackagingDataResponse", Protocols);
        xml.WriteStartElement("AcquirePackagingDataResult", Packaging);
        foreach (var key in keys)
        {
            var playReady = PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(key.KeyId, key.Scheme, key.Key)], licenseUrl));
            xml.WriteStartElement("StreamInformation", Packaging);
            xml.WriteElementString("ProgramIdentifier", Packaging, key.ContentId);
            xml.WriteElementString("KeyId", Packaging, key.KeyId.ToString());
            xml.WriteStartElement("KeyData", Packaging);
            var bytes = key.Key.Bytes.ToArray();
            xml.WriteBase64(bytes, 0, bytes.Length);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
            xml.WriteEndElement();
            xml.WriteElementString("SystemId", Packaging, DrmHub.Cenc.DrmSystemIds.PlayReady.ToString());
            xml.WriteElementString("Data", Packaging, playReady.ToBase64());
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    });

    /// <param name="isClient">True where the request is at fault.</param>
    /// <param name="code">A reason code of ours.</param>
    /// <param name="message">What is wrong; no secret.</param>
    public static byte[] Fault(bool isClient, string code, string message) => Write(xml =>
    {
        xml.WriteStartElement("soap", "Fault", Soap);
        xml.WriteElementString("faultcode", isClient ? "soap:Client" : "soap:Server");
        // The XML parser's messages quote what they stumbled over, which XML may not be able to say.
        xml.WriteElementString("faultstring", string.Concat(message.Select(character => XmlConvert.IsXmlChar(character) ? character : '?')));
        xml.WriteStartElement("detail");
        xml.WriteElementString("code", code);
        xml.WriteEndElement();
        xml.WriteEndElement();
    });

    private static byte[] Write(Action<XmlWriter> body)
    {
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement("soap", "Envelope", Soap);
            xml.WriteStartElement("soap", "Body", Soap);
            body(xml);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return buffer.ToArray();
    }
}
