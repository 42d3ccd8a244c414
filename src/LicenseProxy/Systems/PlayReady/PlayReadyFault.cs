using System.Globalization;
using System.Text;
using System.Xml;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// A SOAP fault as PlayReady clients read it (HTTP 500): <c>Fault{faultcode, faultstring, faultactor, detail/Exception{StatusCode, CustomData}}</c>. The status
/// says what the client does next; ours is nearly always 0x8004c604, service-specific, with the reason code as CustomData for the page.
/// </summary>
internal static class PlayReadyFault
{
    public const uint Internal = 0x8004C600;
    public const uint ServiceSpecific = 0x8004C604;
    public const uint DeviceRevoked = 0x8004C065;

    private const string Soap = "http://schemas.xmlsoap.org/soap/envelope/";

    /// <param name="customData">A reason code.</param>
    /// <param name="text">A sentence; it holds no secret.</param>
    public static byte[] Write(uint status, string customData, string text, string actor)
    {
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement("soap", "Envelope", Soap);
            xml.WriteStartElement("soap", "Body", Soap);
            xml.WriteStartElement("soap", "Fault", Soap);
            xml.WriteElementString("faultcode", "soap:Server");
            xml.WriteElementString("faultstring", Clean(text));
            xml.WriteElementString("faultactor", Clean(actor));
            xml.WriteStartElement("detail");
            xml.WriteStartElement("Exception");
            xml.WriteElementString("StatusCode", string.Create(CultureInfo.InvariantCulture, $"0x{status:x8}"));
            xml.WriteElementString("CustomData", Clean(customData));
            xml.WriteEndDocument();
        }

        return buffer.ToArray();
    }

    /// <summary>Messages of parsers may quote what XML cannot say.</summary>
    private static string Clean(string text) => string.Concat(text.Select(character => XmlConvert.IsXmlChar(character) ? character : '?'));
}
