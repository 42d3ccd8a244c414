using System.Globalization;
using System.Xml;
using DrmHub.Cenc;

namespace DrmHub.Host.Commands;

/// <summary>Finds what <c>drmhub pssh decode</c> shows in text that carries it: DASH manifests, CPIX documents and HLS playlists.</summary>
internal static class PsshInManifest
{
    private const int MaxDepth = 64;
    private const string DataUri = "URI=\"data:";

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = PsshInput.MaxTextBytes,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>The text is XML or a playlist by its first characters; whether it is sound shows only when it is read.</summary>
    public static bool Matches(string text) => text.StartsWith('<') || text.StartsWith("#EXT", StringComparison.Ordinal);

    /// <exception cref="CencFormatException">While enumerating: broken XML, or a value that is none of ours; the message says on which line.</exception>
    public static IEnumerable<PsshFinding> Read(string text) => text.StartsWith('<') ? ReadXml(text) : ReadPlaylist(text);

    private static IEnumerable<PsshFinding> ReadXml(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), Settings);
        var position = (IXmlLineInfo)reader;
        while (Next(reader))
        {
            // DASH cenc:pssh and mspr:pro, CPIX PSSH, SPEKE v1 ProtectionHeader.
            if (reader.NodeType != XmlNodeType.Element || reader.LocalName is not ("pssh" or "PSSH" or "pro" or "ProtectionHeader") || reader.IsEmptyElement) continue;
            var (name, line) = (reader.Name, position.LineNumber);
            if (!Next(reader) || reader.NodeType != XmlNodeType.Text || string.IsNullOrWhiteSpace(reader.Value)) continue;
            foreach (var finding in Decode(reader.Value, name, line)) yield return finding;
        }
    }

    private static bool Next(XmlReader reader)
    {
        try
        {
            var more = reader.Read();
            return reader.Depth <= MaxDepth ? more : throw new CencFormatException($"the XML is nested more than {MaxDepth} deep");
        }
        catch (XmlException exception)
        {
            throw new CencFormatException(string.Create(CultureInfo.InvariantCulture, $"the XML is broken on line {exception.LineNumber}"), exception);
        }
    }

    private static IEnumerable<PsshFinding> ReadPlaylist(string text)
    {
        var number = 0;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line[..colon] is not ("#EXT-X-KEY" or "#EXT-X-SESSION-KEY") || line.IndexOf(DataUri, StringComparison.Ordinal) is not (> 0 and var start)) continue;
            var value = line[(start + DataUri.Length)..];
            value = value[..(value.IndexOf('"', StringComparison.Ordinal) is >= 0 and var end ? end : value.Length)];
            // Clear Key's data URI is a key id alone, and no pssh; Shaka Packager calls that format identity.
            if (line.Contains("KEYFORMAT=\"org.w3.clearkey\"", StringComparison.Ordinal) || line.Contains("KEYFORMAT=\"identity\"", StringComparison.Ordinal)) continue;
            foreach (var finding in Decode("data:" + value, line[..colon], number)) yield return finding;
        }
    }

    private static IEnumerable<PsshFinding> Decode(string value, string name, int line)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{name} on line {line}");
        try
        {
            return PsshInput.ReadText(value).Select(finding => finding with { Path = place, Offset = null });
        }
        catch (CencFormatException exception)
        {
            throw new CencFormatException($"{place}: {exception.Message}", exception);
        }
    }
}
