using System.Xml;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// The wrapper in which browsers hand out a challenge (Encrypted Media Extensions): <c>PlayReadyKeyMessage/LicenseAcquisition{Challenge, HttpHeaders/HttpHeader{name,
/// value}}</c>, in UTF-16. Players normally unwrap it; some do not.
/// </summary>
/// <param name="Soap">The challenge, byte for byte.</param>
/// <param name="Action">The SOAPAction among the headers; null where there is none.</param>
internal sealed record PlayReadyMessage(ReadOnlyMemory<byte> Soap, string? Action)
{
    private const int MaxHeaders = 32;

    /// <returns>Null where the text is no such wrapper.</returns>
    /// <exception cref="ChallengeException">It is one, and broken.</exception>
    public static PlayReadyMessage? Unwrap(string text)
    {
        if (!text.Contains("PlayReadyKeyMessage", StringComparison.Ordinal)) return null;
        try
        {
            using var reader = PlayReadyXml.Open(text);
            return reader.MoveToContent() == XmlNodeType.Element && reader.LocalName == "PlayReadyKeyMessage" ? Read(reader) : null;
        }
        catch (XmlException exception)
        {
            throw PlayReadyXml.Malformed($"The challenge is not well-formed XML (line {exception.LineNumber}, column {exception.LinePosition}).");
        }
    }

    private static PlayReadyMessage Read(XmlReader reader)
    {
        byte[]? soap = null;
        string? name = null, action = null;
        var headers = 0;
        var more = reader.Read();
        while (more)
        {
            if (reader.Depth > PlayReadyXml.MaxDepth) throw PlayReadyXml.Malformed("The challenge is nested too deep.");
            if (reader.NodeType != XmlNodeType.Element)
            {
                more = reader.Read();
                continue;
            }

            switch (reader.LocalName)
            {
                case "Challenge":
                    if (soap is not null) throw PlayReadyXml.Malformed("The message has two challenges.");
                    soap = Base64(reader.ReadElementContentAsString());
                    break;
                case "name":
                    if (++headers > MaxHeaders) throw PlayReadyXml.Malformed($"The message has more than {MaxHeaders} headers.");
                    name = reader.ReadElementContentAsString().Trim();
                    break;
                case "value":
                    var value = reader.ReadElementContentAsString().Trim();
                    if (string.Equals(name, "SOAPAction", StringComparison.OrdinalIgnoreCase)) action = value;
                    break;
                default:
                    more = reader.Read();
                    break;
            }
        }

        return new PlayReadyMessage(soap ?? throw PlayReadyXml.Malformed("The message has no challenge."), action);
    }

    private static byte[] Base64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw PlayReadyXml.Malformed("The challenge in the message is not base64.");
        }
    }
}
