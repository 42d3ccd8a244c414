using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Host.Pages.Words;

namespace DrmHub.Host.Pages.TryIt;

/// <summary>What a licence challenge says in the open: Clear Key's JSON, PlayReady's SOAP envelope, the first bytes of a FairPlay SPC. The rest of a challenge is for its licence service alone.</summary>
internal static class ChallengeReading
{
    private static readonly XmlReaderSettings s_xml = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = Decoding.MaxLength };

    /// <returns>Null where the text is no challenge that can be told by its form.</returns>
    public static Decoded? TryRead(string text)
    {
        if (text.StartsWith('{')) return ClearKey(text);
        if (text.StartsWith('<') && text.Contains("AcquireLicense", StringComparison.Ordinal)) return PlayReady(text);
        return null;
    }

    private static Decoded? ClearKey(string text)
    {
        using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("kids", out var kids) || kids.ValueKind != JsonValueKind.Array) return null;
        var type = json.RootElement.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "temporary";
        var facts = new List<(string, string)> { ("Session", type) };
        var number = 0;
        foreach (var kid in kids.EnumerateArray().Take(128))
        {
            var bytes = kid.ValueKind == JsonValueKind.String && Base64Url.IsValid(kid.GetString()) ? Base64Url.DecodeFromChars(kid.GetString()) : [];
            facts.Add((string.Create(CultureInfo.InvariantCulture, $"Key id {++number}"), bytes.Length == KeyId.Size ? new KeyId(bytes).ToString() : "not 16 bytes in base64url"));
        }

        return new Decoded("A Clear Key challenge", [new DecodedPart("Asks for", facts)]);
    }

    private static Decoded PlayReady(string text)
    {
        XDocument document;
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), s_xml);
            document = XDocument.Load(reader);
        }
        catch (XmlException exception)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The XML is broken on line {exception.LineNumber}."));
        }

        var facts = new List<(string, string)>();
        foreach (var name in (string[])["CLIENTVERSION", "LicenseNonce", "ClientTime", "Version"])
            if (document.Descendants().FirstOrDefault(element => element.Name.LocalName == name) is { HasElements: false } found) facts.Add((name, found.Value.Length > 200 ? found.Value[..200] : found.Value));
        var header = document.Descendants().FirstOrDefault(element => element.Name.LocalName == "WRMHEADER");
        if (header is not null)
        {
            facts.Add(("Header", header.Attribute("version")?.Value ?? "without a version"));
            foreach (var kid in header.Descendants().Where(element => element.Name.LocalName == "KID").Take(32))
                if ((kid.Attribute("VALUE")?.Value ?? kid.Value) is { Length: > 0 and < 64 } value) facts.Add(("Key id, as PlayReady orders it", value));
        }

        return new Decoded("A PlayReady challenge", [new DecodedPart("In the open", facts, header?.ToString())]);
    }
}
