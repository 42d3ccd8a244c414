using System.Xml;
using System.Xml.Linq;

namespace DrmHub.Sandbox.Wire;

/// <summary>Names of PlayReady's messages, and how they are read and written here.</summary>
internal static class PlayReadyNames
{
    public static readonly XNamespace Soap = "http://schemas.xmlsoap.org/soap/envelope/";
    public static readonly XNamespace Protocols = "http://schemas.microsoft.com/DRM/2007/03/protocols";
    public static readonly XNamespace Messages = "http://schemas.microsoft.com/DRM/2007/03/protocols/messages";
    public static readonly XNamespace Header = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";
    public static readonly XNamespace Signature = "http://www.w3.org/2000/09/xmldsig#";
    public static readonly XNamespace Encryption = "http://www.w3.org/2001/04/xmlenc#";

    public const string AcquireLicense = "http://schemas.microsoft.com/DRM/2007/03/protocols/AcquireLicense";
    public const string AcknowledgeLicense = "http://schemas.microsoft.com/DRM/2007/03/protocols/AcknowledgeLicense";
    public const string ContentType = "text/xml; charset=utf-8";

    /// <summary>HDCP type 1 on digital video outputs.</summary>
    public static readonly Guid HdcpType1 = new("ABB2C6F1-E663-4625-A945-972D17B231E7");

    /// <summary>Largest picture to decode: height and width, four bytes each, big-endian.</summary>
    public static readonly Guid MaxResolution = new("9645E831-E01D-4FFF-8342-0A720E3E028F");

    private const int MaxDepth = 32;
    private const int MaxCharacters = 512 * 1024;

    /// <exception cref="SandboxException">Not well-formed, too deep or too large, or with a document type.</exception>
    public static XElement Parse(string xml)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxCharacters });
            using var guard = XmlReader.Create(new StringReader(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxCharacters });
            while (guard.Read())
                if (guard.Depth > MaxDepth) throw SandboxException.Format("The XML is nested too deeply.");
            return XElement.Load(reader, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            throw SandboxException.Format("The XML is not well-formed.");
        }
    }

    /// <summary>A descendant by its steps, or an error that names what is missing.</summary>
    public static XElement Need(this XElement element, params XName[] steps)
    {
        foreach (var step in steps) element = element.Element(step) ?? throw SandboxException.Format($"The element {step.LocalName} is missing.");
        return element;
    }

    public static byte[] Base64(this XElement element)
    {
        try
        {
            return Convert.FromBase64String(element.Value.Trim());
        }
        catch (FormatException)
        {
            throw SandboxException.Format($"The element {element.Name.LocalName} is no base64.");
        }
    }
}
