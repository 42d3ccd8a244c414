using System.Xml.Linq;

namespace DrmHub.Cenc.Pssh;

/// <summary>
/// Writes a WRMHEADER in the canonical form that the specification asks for (3.2): namespace declarations first, attributes
/// in alphabetical order, explicit closing tags, no white space between elements.
/// </summary>
internal static class WrmHeaderWriter
{
    public static string Write(WrmHeader header)
    {
        Check(header);
        var writer = new XmlText(512);
        WriteDocument(writer, header);
        return writer.ToString();
    }

    /// <summary>Throws where the version cannot say what the header holds.</summary>
    public static void Check(WrmHeader header)
    {
        var keys = header.Keys;
        Refuse(header.Version == WrmVersion.V40 && keys.Count != 1, "Version 4.0 holds exactly one key.");
        Refuse(header.Version == WrmVersion.V41 && keys.Count > 1, "Version 4.1 holds at most one key.");
        Refuse(header.Version != WrmVersion.V43 && keys.Any(key => key.Algorithm is null or WrmAlgorithm.AesCbc), "AESCBC keys, and keys without an algorithm, need version 4.3.");
        Refuse(keys.Any(key => key.Algorithm != keys[0].Algorithm), "The keys of one header have one algorithm.");
        Refuse(header.Version == WrmVersion.V40 && header.OnDemand, "DECRYPTORSETUP needs version 4.1.");
        Refuse(header.Version != WrmVersion.V43 && header.LicenseRequested is not null, "LICENSEREQUESTED needs version 4.3.");
        XmlUrl.Check(header.LicenseUrl, nameof(header.LicenseUrl));
        XmlUrl.Check(header.LicensePageUrl, nameof(header.LicensePageUrl));
    }

    private static void Refuse(bool wrong, string message)
    {
        if (wrong) throw new ArgumentException(message);
    }

    private static void WriteDocument(XmlText writer, WrmHeader header)
    {
        writer.Start("WRMHEADER");
        writer.Attribute("xmlns", WrmHeaderReader.Namespace.NamespaceName);
        writer.Attribute("version", header.Version switch
        {
            WrmVersion.V40 => "4.0.0.0",
            WrmVersion.V41 => "4.1.0.0",
            WrmVersion.V42 => "4.2.0.0",
            WrmVersion.V43 => "4.3.0.0",
            _ => throw new ArgumentException("The version of a PlayReady header is 4.0 to 4.3.", nameof(header)),
        });
        writer.Start("DATA");
        writer.Start("PROTECTINFO");
        if (header.LicenseRequested is { } requested) writer.Attribute("LICENSEREQUESTED", requested ? "true" : "false");
        if (header.Version == WrmVersion.V40) WriteKey40(writer, header.Keys[0]);
        else WriteKeys(writer, header);
        WriteText(writer, "LA_URL", header.LicenseUrl);
        WriteText(writer, "LUI_URL", header.LicensePageUrl);
        WriteText(writer, "DS_ID", header.DomainServiceId is { } id ? Convert.ToBase64String(new KeyId(id).ToPlayReadyBytes()) : null);
        if (header.CustomAttributes is { } custom) WriteCustom(writer, custom, new() { [""] = WrmHeaderReader.Namespace.NamespaceName }, depth: 2);
        WriteText(writer, "DECRYPTORSETUP", header.OnDemand ? "ONDEMAND" : null);
        writer.End();
        writer.End();
    }

    private static void WriteKey40(XmlText writer, WrmKey key)
    {
        WriteText(writer, "KEYLEN", key.Algorithm == WrmAlgorithm.Cocktail ? "7" : "16");
        WriteText(writer, "ALGID", Name(key.Algorithm));
        writer.End();
        WriteText(writer, "KID", Convert.ToBase64String(key.KeyId.ToPlayReadyBytes()));
        WriteText(writer, "CHECKSUM", key.Checksum.IsEmpty ? null : Convert.ToBase64String(key.Checksum.Span));
    }

    private static void WriteKeys(XmlText writer, WrmHeader header)
    {
        var list = header.Version != WrmVersion.V41 && header.Keys.Count > 0; // KIDS, where present, has at least one KID
        if (list) writer.Start("KIDS");
        foreach (var key in header.Keys)
        {
            writer.Start("KID");
            if (Name(key.Algorithm) is { } algorithm) writer.Attribute("ALGID", algorithm);
            if (!key.Checksum.IsEmpty) writer.Attribute("CHECKSUM", Convert.ToBase64String(key.Checksum.Span));
            writer.Attribute("VALUE", Convert.ToBase64String(key.KeyId.ToPlayReadyBytes()));
            writer.End();
        }

        if (list) writer.End();
        writer.End();
    }

    /// <summary>
    /// The service's own elements, brought into canonical form: <paramref name="scope"/> (prefix → namespace) tells which declarations
    /// are missing, because clients refuse one that stands after other attributes.
    /// </summary>
    private static void WriteCustom(XmlText writer, XElement element, Dictionary<string, string> scope, int depth)
    {
        Refuse(depth > WrmHeaderReader.MaxDepth, "CUSTOMATTRIBUTES is nested too deep.");
        var inner = new Dictionary<string, string>(scope);
        var declared = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in element.Attributes().Where(attribute => attribute.IsNamespaceDeclaration))
        {
            declared[attribute.Name.Namespace == XNamespace.None ? "" : attribute.Name.LocalName] = attribute.Value;
        }

        foreach (var (prefix, uri) in declared) inner[prefix] = uri;
        var own = element.Name.NamespaceName;
        var prefixOfElement = inner.GetValueOrDefault("", "") == own ? "" : inner.Where(pair => pair.Key.Length > 0 && pair.Value == own).Select(pair => pair.Key).Min(StringComparer.Ordinal);
        if (prefixOfElement is null)
        {
            prefixOfElement = "";
            inner[""] = declared[""] = own;
        }

        writer.Start(Qualified(prefixOfElement, element.Name.LocalName));
        foreach (var (prefix, uri) in declared)
        {
            writer.Attribute(prefix.Length == 0 ? "xmlns" : "xmlns:" + prefix, uri);
        }

        foreach (var attribute in element.Attributes()
            .Where(attribute => !attribute.IsNamespaceDeclaration)
            .OrderBy(attribute => attribute.Name.NamespaceName, StringComparer.Ordinal)
            .ThenBy(attribute => attribute.Name.LocalName, StringComparer.Ordinal))
        {
            var uri = attribute.Name.NamespaceName;
            var prefix = uri.Length == 0 ? "" : uri == XNamespace.Xml.NamespaceName ? "xml"
                : inner.Where(pair => pair.Key.Length > 0 && pair.Value == uri).Select(pair => pair.Key).Min(StringComparer.Ordinal)
                ?? throw new ArgumentException("An attribute in CUSTOMATTRIBUTES has a namespace that no element around it declares a prefix for.");
            writer.Attribute(Qualified(prefix, attribute.Name.LocalName), attribute.Value);
        }

        foreach (var node in element.Nodes())
        {
            if (node is XElement child) WriteCustom(writer, child, inner, depth + 1);
            else if (node is XText text) writer.Text(text.Value);
        }

        writer.End();
    }

    private static string Qualified(string prefix, string localName) => prefix.Length == 0 ? localName : $"{prefix}:{localName}";

    private static string? Name(WrmAlgorithm? algorithm) => algorithm switch
    {
        null => null,
        WrmAlgorithm.AesCtr => "AESCTR",
        WrmAlgorithm.AesCbc => "AESCBC",
        WrmAlgorithm.Cocktail => "COCKTAIL",
        _ => throw new ArgumentException("The algorithm of a PlayReady key is AESCTR, AESCBC or COCKTAIL.", nameof(algorithm)),
    };

    private static void WriteText(XmlText writer, string name, string? text)
    {
        if (text is null) return;
        writer.Start(name);
        writer.Text(text);
        writer.End();
    }
}
