using System.Xml;
using System.Xml.Linq;

namespace DrmHub.Cenc.Pssh;

/// <summary>
/// Reads a WRMHEADER. No DTD, no external entities, at most <see cref="PlayReadyObject.MaxSize"/> characters and
/// <see cref="MaxDepth"/> levels. What a version does not define is skipped, as the specification asks of clients.
/// </summary>
internal static class WrmHeaderReader
{
    public const int MaxDepth = 24;

    internal static readonly XNamespace Namespace = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";

    public static WrmHeader Read(string xml)
    {
        try
        {
            return ReadCore(xml);
        }
        catch (XmlException exception)
        {
            throw new CencFormatException($"WRMHEADER: not well-formed XML (line {exception.LineNumber}, column {exception.LinePosition})", exception);
        }
    }

    private static WrmHeader ReadCore(string xml)
    {
        using (var depths = Open(xml))
        {
            while (depths.Read())
            {
                if (depths.Depth > MaxDepth) throw Malformed($"elements are nested more than {MaxDepth} deep");
            }
        }

        using var reader = Open(xml);
        var root = XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!;
        if (root.Name != Namespace + "WRMHEADER") throw Malformed("the root is not WRMHEADER in PlayReady's namespace");
        var version = (string?)root.Attribute("version") switch
        {
            "4.0.0.0" => WrmVersion.V40,
            "4.1.0.0" => WrmVersion.V41,
            "4.2.0.0" => WrmVersion.V42,
            "4.3.0.0" => WrmVersion.V43,
            _ => throw Malformed("the version is missing or not one of 4.0.0.0 to 4.3.0.0"),
        };
        var data = Child(root, "DATA");
        var protect = Child(data, "PROTECTINFO");
        var custom = data?.Elements().Where(element => element.Name.LocalName == "CUSTOMATTRIBUTES").Take(2).ToArray() ?? [];
        if (custom.Length > 1) throw Malformed("more than one CUSTOMATTRIBUTES");
        return new WrmHeader
        {
            Version = version,
            Keys = version switch
            {
                WrmVersion.V40 => [Key40(data, protect)],
                WrmVersion.V41 => Child(protect, "KID") is { } key ? [Key(key, version)] : [],
                _ => Child(protect, "KIDS") is { } keys ? [.. keys.Elements(Namespace + "KID").Select(key => Key(key, version))] : [],
            },
            LicenseUrl = Text(data, "LA_URL"),
            LicensePageUrl = Text(data, "LUI_URL"),
            DomainServiceId = Text(data, "DS_ID") is { } id ? KeyIdOf(id, "DS_ID").ToGuid() : null,
            CustomAttributes = custom.FirstOrDefault(),
            OnDemand = Text(data, "DECRYPTORSETUP") == "ONDEMAND",
            LicenseRequested = (string?)protect?.Attribute("LICENSEREQUESTED") switch
            {
                null => null,
                "true" => true,
                "false" => false,
                _ => throw Malformed("LICENSEREQUESTED is neither true nor false"),
            },
        };
    }

    private static WrmKey Key40(XElement? data, XElement? protect)
    {
        var kid = Text(data, "KID") ?? throw Malformed("version 4.0.0.0 without a KID");
        return Key(kid, Text(protect, "ALGID") ?? throw Malformed("version 4.0.0.0 without an ALGID"), Text(data, "CHECKSUM"));
    }

    private static WrmKey Key(XElement key, WrmVersion version)
    {
        var algorithm = (string?)key.Attribute("ALGID");
        if (algorithm is null && version != WrmVersion.V43) throw Malformed("a KID without an ALGID");
        return Key((string?)key.Attribute("VALUE") ?? throw Malformed("a KID without a VALUE"), algorithm, (string?)key.Attribute("CHECKSUM"));
    }

    private static WrmKey Key(string kid, string? algorithmId, string? checksum)
    {
        WrmAlgorithm? algorithm = algorithmId switch
        {
            null => null,
            "AESCTR" => WrmAlgorithm.AesCtr,
            "AESCBC" => WrmAlgorithm.AesCbc,
            "COCKTAIL" => WrmAlgorithm.Cocktail,
            _ => throw Malformed("ALGID is not AESCTR, AESCBC or COCKTAIL"),
        };
        var bytes = checksum is null ? [] : Base64(checksum, "CHECKSUM");
        if (bytes.Length > 0 && bytes.Length != WrmKey.ChecksumSize(algorithm)) throw Malformed($"a CHECKSUM of {bytes.Length} bytes");
        return new WrmKey(KeyIdOf(kid, "KID"), algorithm, bytes);
    }

    private static KeyId KeyIdOf(string text, string name)
    {
        var bytes = Base64(text, name);
        return bytes.Length == KeyId.Size ? KeyId.FromPlayReadyBytes(bytes) : throw Malformed($"{name} has {bytes.Length} bytes, not 16");
    }

    private static byte[] Base64(string text, string name)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException exception)
        {
            throw new CencFormatException($"WRMHEADER: {name} is not base64", exception);
        }
    }

    private static XElement? Child(XElement? parent, string name)
    {
        if (parent is null) return null;
        var found = parent.Elements(Namespace + name).Take(2).ToArray();
        return found.Length < 2 ? found.FirstOrDefault() : throw Malformed($"more than one {name}");
    }

    private static string? Text(XElement? parent, string name) => Child(parent, name)?.Value.Trim();

    private static CencFormatException Malformed(string what) => new("WRMHEADER: " + what);

    private static XmlReader Open(string xml) => XmlReader.Create(new StringReader(xml), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = PlayReadyObject.MaxSize,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    });
}
