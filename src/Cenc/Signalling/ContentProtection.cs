using System.Buffers.Text;
using System.Text;
using System.Xml;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Signalling;

/// <summary>
/// A <c>ContentProtection</c> descriptor of an MPEG-DASH manifest (ISO/IEC 23009-1, 5.8.4.1; ISO/IEC 23001-7, 11.2; DASH-IF
/// IOP part 6). Immutable. A protected AdaptationSet has one of <see cref="ForScheme"/> first, then one for each DRM system.
/// Every value goes through a writer.
/// </summary>
public sealed class ContentProtection
{
    private const string MpdNamespace = "urn:mpeg:dash:schema:mpd:2011";
    private const string CencNamespace = "urn:mpeg:cenc:2013";
    private const string PlayReadyNamespace = "urn:microsoft:playready";
    private const string DashIfNamespace = "https://dashif.org/CPS";

    private PsshBox? _pssh;
    private PlayReadyObject? _playReady;

    private ContentProtection(string schemeIdUri, string? value, KeyId? defaultKeyId, string? licenseUrl)
    {
        XmlUrl.Check(licenseUrl, nameof(licenseUrl));
        SchemeIdUri = schemeIdUri;
        Value = value;
        DefaultKeyId = defaultKeyId;
        LicenseUrl = licenseUrl;
    }

    /// <summary><c>@schemeIdUri</c>: "urn:uuid:" and the system id, or "urn:mpeg:dash:mp4protection:2011".</summary>
    public string SchemeIdUri { get; }

    public string? Value { get; }

    /// <summary><c>@cenc:default_KID</c>: the key id of the track's <c>tenc</c>.</summary>
    public KeyId? DefaultKeyId { get; }

    /// <summary><c>dashif:Laurl</c>: where players send licence requests unless they are configured otherwise.</summary>
    public string? LicenseUrl { get; }

    /// <summary>The generic descriptor that names scheme and key id. dash.js and others take the key id from here alone.</summary>
    public static ContentProtection ForScheme(ProtectionScheme scheme, KeyId defaultKeyId) =>
        new("urn:mpeg:dash:mp4protection:2011", scheme.ToFourCC(), defaultKeyId, licenseUrl: null);

    /// <param name="pssh">Widevine's box; written as <c>cenc:pssh</c>.</param>
    /// <param name="defaultKeyId">Repeats the key id here for the readers that look here.</param>
    /// <param name="licenseUrl">An absolute URL; null where players know theirs.</param>
    /// <exception cref="ArgumentException">The box is another system's, or the URL is not absolute.</exception>
    public static ContentProtection ForWidevine(PsshBox pssh, KeyId? defaultKeyId = null, string? licenseUrl = null)
    {
        CheckSystem(pssh, DrmSystemIds.Widevine);
        return new(Urn(DrmSystemIds.Widevine), "Widevine", defaultKeyId, licenseUrl) { _pssh = pssh };
    }

    /// <summary>PlayReady: the object as <c>mspr:pro</c>, and the same in its pssh box as <c>cenc:pssh</c>; players read one or the other.</summary>
    /// <exception cref="ArgumentException">The URL is not absolute.</exception>
    public static ContentProtection ForPlayReady(PlayReadyObject playReady, KeyId? defaultKeyId = null, string? licenseUrl = null)
    {
        ArgumentNullException.ThrowIfNull(playReady);
        return new(Urn(DrmSystemIds.PlayReady), "MSPR 2.0", defaultKeyId, licenseUrl) { _pssh = playReady.ToPsshBox(), _playReady = playReady };
    }

    /// <summary>FairPlay has no pssh; players find the key by <c>default_KID</c>.</summary>
    /// <exception cref="ArgumentException">The URL is not absolute.</exception>
    public static ContentProtection ForFairPlay(KeyId defaultKeyId, string? licenseUrl = null) =>
        new(Urn(DrmSystemIds.FairPlay), "FairPlay", defaultKeyId, licenseUrl);

    /// <summary>
    /// DASH-IF Clear Key: a licence URL and no pssh. dash.js fails on a common pssh here (error 113): without one it asks for
    /// the key id of <see cref="ForScheme"/>'s descriptor, which must therefore be there. It knows the URL by the literal
    /// prefix "dashif" and Shaka Player by the capital L of <c>Laurl</c>, so both are written.
    /// </summary>
    /// <exception cref="ArgumentException">The URL is not absolute.</exception>
    public static ContentProtection ForClearKey(KeyId defaultKeyId, string licenseUrl)
    {
        ArgumentNullException.ThrowIfNull(licenseUrl);
        return new(Urn(DrmSystemIds.DashClearKey), "ClearKey1.0", defaultKeyId, licenseUrl);
    }

    /// <summary>The W3C common system with its pssh, for players that look for it. Not for dash.js, see <see cref="ForClearKey"/>.</summary>
    /// <exception cref="ArgumentException">The box is another system's.</exception>
    public static ContentProtection ForCommon(PsshBox pssh, KeyId? defaultKeyId = null)
    {
        CheckSystem(pssh, DrmSystemIds.Common);
        return new(Urn(DrmSystemIds.Common), value: null, defaultKeyId, licenseUrl: null) { _pssh = pssh };
    }

    /// <summary>Writes the element in DASH's namespace; inside an MPD that is its default already, nothing is declared twice.</summary>
    public void WriteTo(XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartElement("", "ContentProtection", MpdNamespace);
        writer.WriteAttributeString("schemeIdUri", SchemeIdUri);
        if (Value is not null) writer.WriteAttributeString("value", Value);
        if (DefaultKeyId is { } keyId) writer.WriteAttributeString("cenc", "default_KID", CencNamespace, keyId.ToString());
        WriteContentTo(writer);
        writer.WriteEndElement();
    }

    /// <summary>Writes only what stands inside the element: CPIX's <c>ContentProtectionData</c>.</summary>
    public void WriteContentTo(XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (_pssh is not null) writer.WriteElementString("cenc", "pssh", CencNamespace, _pssh.ToBase64());
        if (_playReady is not null) writer.WriteElementString("mspr", "pro", PlayReadyNamespace, _playReady.ToBase64());
        if (LicenseUrl is not null) writer.WriteElementString("dashif", "Laurl", DashIfNamespace, LicenseUrl);
    }

    /// <summary>The element as text, with its namespaces declared.</summary>
    public string ToXml()
    {
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment }))
        {
            WriteTo(writer);
        }

        return text.ToString();
    }

    /// <summary>What stands inside the element as text, each element with its namespace declared; empty where there is nothing.</summary>
    public string ToContentXml() => Encoding.UTF8.GetString(ToContentUtf8());

    /// <summary>As <see cref="ToContentXml"/>, in UTF-8.</summary>
    public byte[] ToContentUtf8()
    {
        var url = LicenseUrl is null ? [] : Encoding.UTF8.GetBytes(new XmlText(256).Start("dashif:Laurl").Attribute("xmlns:dashif", DashIfNamespace).Text(LicenseUrl).End().ToString());
        var pssh = new Base64Element("<cenc:pssh xmlns:cenc=\"" + CencNamespace + "\">", _pssh is null ? default : _pssh.Written, "</cenc:pssh>");
        var playReady = new Base64Element("<mspr:pro xmlns:mspr=\"" + PlayReadyNamespace + "\">", _playReady is null ? default : _playReady.Written, "</mspr:pro>");
        var content = new byte[pssh.Length + playReady.Length + url.Length];
        pssh.CopyTo(content);
        playReady.CopyTo(content.AsSpan(pssh.Length));
        url.CopyTo(content.AsSpan(pssh.Length + playReady.Length));
        return content;
    }

    private static string Urn(Guid systemId) => "urn:uuid:" + systemId.ToString("D");

    private static void CheckSystem(PsshBox pssh, Guid systemId)
    {
        ArgumentNullException.ThrowIfNull(pssh);
        if (pssh.SystemId != systemId) throw new ArgumentException($"The pssh box is of system {pssh.SystemId}, not {systemId}.", nameof(pssh));
    }

    /// <summary>An element that holds base64, which needs no escaping; nothing where there are no bytes.</summary>
    private readonly ref struct Base64Element(string start, ReadOnlySpan<byte> bytes, string end)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Length => _bytes.IsEmpty ? 0 : start.Length + Base64.GetMaxEncodedToUtf8Length(_bytes.Length) + end.Length;

        public void CopyTo(Span<byte> destination)
        {
            if (_bytes.IsEmpty) return;
            var at = Encoding.ASCII.GetBytes(start, destination);
            Base64.EncodeToUtf8(_bytes, destination[at..], out _, out var written);
            Encoding.ASCII.GetBytes(end, destination[(at + written)..]);
        }
    }
}
