using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>Which version of the standard a message is in, by the namespace of its root.</summary>
internal static class ErnVersion
{
    private static readonly Dictionary<string, string> s_bySpace = new(StringComparer.Ordinal)
    {
        ["http://ddex.net/xml/ern/38"] = "3.8",
        ["http://ddex.net/xml/ern/381"] = "3.8.1",
        ["http://ddex.net/xml/ern/382"] = "3.8.2",
        ["http://ddex.net/xml/ern/383"] = "3.8.3",
        ["http://ddex.net/xml/ern/41"] = "4.1",
        ["http://ddex.net/xml/ern/411"] = "4.1.1",
        ["http://service.ddex.net/xml/ern/411"] = "4.1.1",
        ["http://ddex.net/xml/ern/42"] = "4.2",
        ["http://ddex.net/xml/ern/43"] = "4.3",
        ["http://ddex.net/xml/ern/431"] = "4.3.1",
        ["http://ddex.net/xml/ern/432"] = "4.3.2",
    };

    /// <exception cref="ErnException"><c>ern.version</c>.</exception>
    public static string Of(XmlTree root)
    {
        if (s_bySpace.TryGetValue(root.Space, out var version)) return version;

        // Some senders of 3.8 leave the namespace out and name the schema in an attribute.
        if (root.Space.Length == 0 && root.Attribute("MessageSchemaVersionId") is { } schema && s_bySpace.TryGetValue("http://ddex.net/xml/" + schema, out version)) return version;
        throw new ErnException(root.Line, "ern.version", $"The root is in no namespace of ERN 3.8 or 4.1 to 4.3.2 but in '{(root.Space.Length <= 80 ? root.Space : root.Space[..80])}'.");
    }

    public static bool IsThree(string version) => version[0] == '3';

    /// <summary>From 4.2 on a period has a start.</summary>
    public static bool NeedsStart(string version) => string.CompareOrdinal(version, "4.2") >= 0;
}
