using System.Xml;

namespace DrmHub.Cenc.Pssh;

/// <summary>URLs that go into XML. Escaping is the writer's; what XML 1.0 cannot carry even escaped (2.2) has to be refused before.</summary>
internal static class XmlUrl
{
    /// <exception cref="ArgumentException">Not absolute, or with control characters, lone surrogates or non-characters.</exception>
    public static void Check(string? url, string name)
    {
        if (url is null) return;
        if (!Uri.TryCreate(url, UriKind.Absolute, out _) || url.Any(char.IsControl)) throw new ArgumentException($"{name} is an absolute URL without control characters.", name);
        try
        {
            XmlConvert.VerifyXmlChars(url);
        }
        catch (XmlException exception)
        {
            throw new ArgumentException($"{name} holds a character that XML cannot carry.", name, exception);
        }
    }
}
