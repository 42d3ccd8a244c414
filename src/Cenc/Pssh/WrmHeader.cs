using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Xml.Linq;

namespace DrmHub.Cenc.Pssh;

/// <summary>Version of a PlayReady header; a client refuses one that is newer than itself.</summary>
public enum WrmVersion
{
    /// <summary>4.0.0.0: one AESCTR or COCKTAIL key. PlayReady 1 and newer.</summary>
    V40,

    /// <summary>4.1.0.0: at most one key, as an element with attributes. PlayReady 2 and newer.</summary>
    V41,

    /// <summary>4.2.0.0: any number of AESCTR or COCKTAIL keys. PlayReady 3 and newer.</summary>
    V42,

    /// <summary>4.3.0.0: AESCBC keys too, all of one algorithm. PlayReady 4 and newer.</summary>
    V43,
}

/// <summary>
/// A PlayReady header, the <c>WRMHEADER</c> document (Microsoft, "PlayReady Header Specification", 3): UTF-16, little-endian,
/// without byte order mark and XML declaration, attributes in alphabetical order, every element closed by a tag of its own.
/// Reading skips elements that are not known; to keep a header byte for byte, keep its record in <see cref="PlayReadyObject"/>.
/// </summary>
public sealed class WrmHeader
{
    internal static readonly UnicodeEncoding StrictUtf16 = new(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true);

    private readonly XElement? _customAttributes;

    public required WrmVersion Version { get; init; }

    public required IReadOnlyList<WrmKey> Keys { get; init; }

    /// <summary><c>LA_URL</c>: where silent licence requests go. An absolute URL, unescaped.</summary>
    public string? LicenseUrl { get; init; }

    /// <summary><c>LUI_URL</c>: a page for requests that need the user. An absolute URL, unescaped.</summary>
    public string? LicensePageUrl { get; init; }

    /// <summary><c>DS_ID</c>: the domain service.</summary>
    public Guid? DomainServiceId { get; init; }

    /// <summary>
    /// The <c>CUSTOMATTRIBUTES</c> element with whatever the service put into it, in no namespace or in the header's. Copied
    /// on the way in and out.
    /// </summary>
    /// <exception cref="ArgumentException">The element has another name.</exception>
    public XElement? CustomAttributes
    {
        get => _customAttributes is null ? null : new XElement(_customAttributes);
        init
        {
            if (value is not null && value.Name.LocalName != "CUSTOMATTRIBUTES") throw new ArgumentException("The element is named CUSTOMATTRIBUTES.", nameof(value));
            _customAttributes = value is null ? null : new XElement(value);
        }
    }

    /// <summary><c>DECRYPTORSETUP</c> is ONDEMAND: licences come after playback was set up, as in key rotation. From 4.1 on.</summary>
    public bool OnDemand { get; init; }

    /// <summary><c>LICENSEREQUESTED</c>, for information only; 4.3.</summary>
    public bool? LicenseRequested { get; init; }

    /// <summary>
    /// A header of the oldest version that can say this, for the widest range of clients: 4.0 for one AESCTR key, 4.2 for
    /// several, 4.3 for AESCBC.
    /// </summary>
    /// <exception cref="ArgumentException">No key, or keys of different algorithms.</exception>
    public static WrmHeader Create(IReadOnlyList<WrmKey> keys, string? licenseUrl = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0) throw new ArgumentException("A PlayReady header names at least one key.", nameof(keys));
        var version = keys[0].Algorithm is null or WrmAlgorithm.AesCbc ? WrmVersion.V43 : keys.Count > 1 ? WrmVersion.V42 : WrmVersion.V40;
        var header = new WrmHeader { Version = version, Keys = [.. keys], LicenseUrl = licenseUrl };
        WrmHeaderWriter.Check(header);
        return header;
    }

    /// <exception cref="CencFormatException">Not UTF-16, not well-formed, or not a header of version 4.0 to 4.3.</exception>
    public static WrmHeader Parse(ReadOnlySpan<byte> utf16) => Parse(Decode(utf16));

    /// <exception cref="CencFormatException">Not well-formed, or not a header of version 4.0 to 4.3.</exception>
    public static WrmHeader Parse(string xml)
    {
        ArgumentNullException.ThrowIfNull(xml);
        return WrmHeaderReader.Read(xml);
    }

    /// <summary>As <see cref="Parse(ReadOnlySpan{byte})"/>, but false where the bytes are no such header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf16, [NotNullWhen(true)] out WrmHeader? header)
    {
        try
        {
            header = Parse(utf16);
            return true;
        }
        catch (CencFormatException)
        {
            header = null;
            return false;
        }
    }

    /// <summary>The document as text.</summary>
    /// <exception cref="ArgumentException">The version cannot say what is asked, a URL is not absolute, or a value is no XML text.</exception>
    public string ToXml() => WrmHeaderWriter.Write(this);

    /// <summary>The document as it stands in a PlayReady object: UTF-16LE. Throws as <see cref="ToXml"/> does.</summary>
    public byte[] ToByteArray() => StrictUtf16.GetBytes(ToXml());

    internal static string Decode(ReadOnlySpan<byte> utf16)
    {
        if (utf16.Length > PlayReadyObject.MaxSize) throw new CencFormatException($"WRMHEADER: {utf16.Length} bytes, above the limit of {PlayReadyObject.MaxSize}");
        try
        {
            var text = StrictUtf16.GetString(utf16);
            return text.StartsWith('\uFEFF') ? text[1..] : text; // some packagers write a byte order mark
        }
        catch (DecoderFallbackException exception)
        {
            throw new CencFormatException("WRMHEADER: the bytes are not UTF-16 (little-endian)", exception);
        }
    }
}
