using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// One content key (CPIX 2.4, 5.3.4): its id, IV and scheme, and its value in the clear, encrypted, or not there at all, as in a
/// request. A key that <see cref="DependsOnKey"/> names is the root of a hierarchy, and this one a leaf that inherits from it.
/// </summary>
public sealed class CpixContentKey : CpixEntity
{
    private static readonly string[] Attributes = ["kid", "explicitIV", "dependsOnKey", "commonEncryptionScheme", "contentId", "Algorithm"];
    private KeyId _kid;
    private byte[]? _explicitIV;
    private KeyId? _dependsOnKey;

    internal CpixContentKey(CpixDocument document, XmlNode element)
        : base(document, element)
    {
        _kid = RequiredKeyId("kid");
        _explicitIV = ParseIV(element.Get("explicitIV"));
        _dependsOnKey = element.Get("dependsOnKey") is { } root ? ParseKeyId(root, "dependsOnKey") : null;
        Secret = CpixSecret.Of(document, element);
    }

    public KeyId Kid
    {
        get => _kid;
        internal set
        {
            _kid = value;
            Element.Set("kid", value.ToString());
        }
    }

    /// <summary>The IV, 16 bytes; null where it is absent or empty. Some documents write it as a UUID: read, but saved as base64.</summary>
    /// <exception cref="ArgumentException">Set to other than 16 bytes.</exception>
    public byte[]? ExplicitIV
    {
        get => _explicitIV;
        set
        {
            if (value is { Length: not 16 }) throw new ArgumentException("An explicit IV has 16 bytes.", nameof(value));
            _explicitIV = value;
            Element.Set("explicitIV", value is null ? null : Convert.ToBase64String(value));
        }
    }

    /// <summary>The root key of a leaf key.</summary>
    public KeyId? DependsOnKey
    {
        get => _dependsOnKey;
        set
        {
            _dependsOnKey = value;
            Element.Set("dependsOnKey", value?.ToString());
        }
    }

    /// <summary>The scheme as written: a four-character code, or from 2.4 on another name.</summary>
    public string? CommonEncryptionScheme
    {
        get => Element.Get("commonEncryptionScheme");
        set => Element.Set("commonEncryptionScheme", value);
    }

    /// <summary>The scheme where it is one of the four of ISO/IEC 23001-7; null where it is absent or another.</summary>
    public ProtectionScheme? Scheme => ProtectionSchemes.TryParse(CommonEncryptionScheme, out var scheme) ? scheme : null;

    /// <summary>Since 2.4, and only where the document has no content id of its own.</summary>
    public string? ContentId
    {
        get => Element.Get("contentId");
        set => Element.Set("contentId", value);
    }

    public bool HasHdcpData => Child("HDCPData") is not null;

    /// <summary><c>HDCPData@HLSHDCPLevel</c>, for example <c>TYPE-1</c> (since 2.4).</summary>
    public string? HlsHdcpLevel
    {
        get => Child("HDCPData")?.Get("HLSHDCPLevel");
        set => ChildOrNew("HDCPData").Set("HLSHDCPLevel", value);
    }

    /// <summary><c>HDCPData/HDCPOutputProtectionData</c>, decoded (since 2.4).</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public byte[]? HdcpOutputProtectionData
    {
        get => Child("HDCPData")?.Find(XmlNames.Cpix, "HDCPOutputProtectionData") is { IsBlank: false } data
            ? XmlValues.Base64(data.Text(), "HDCPOutputProtectionData")
            : null;
        set
        {
            var hdcp = ChildOrNew("HDCPData");
            var data = hdcp.Find(XmlNames.Cpix, "HDCPOutputProtectionData");
            if (value is null)
            {
                if (data is not null) hdcp.Remove(data);
                return;
            }

            if (data is null)
            {
                data = Document.NewElement(hdcp, XmlNames.Cpix, "HDCPOutputProtectionData");
                hdcp.Insert(0, data);
            }

            data.SetText(Convert.ToBase64String(value));
        }
    }

    /// <summary>True where the value is there in the clear.</summary>
    public bool HasPlainValue => Secret.HasPlainValue;

    /// <summary>True where the value is there, encrypted for the recipients of the document.</summary>
    public bool IsEncrypted => Secret.IsEncrypted;

    internal CpixSecret Secret { get; private set; }

    /// <summary>The bytes of the clear value: 16, or for a root key another AES length. The caller zeroes them.</summary>
    /// <returns>Null where there is no clear value.</returns>
    /// <exception cref="CpixException">The value is not base64, or no key.</exception>
    public byte[]? GetKeyBytes() => Secret.GetPlainValue();

    /// <summary>The clear value as a key that the caller owns.</summary>
    /// <returns>Null where there is no clear value.</returns>
    /// <exception cref="CpixException">The value is not base64, or has other than 16 bytes.</exception>
    public ContentKey? GetKey()
    {
        if (GetKeyBytes() is not { } bytes) return null;
        try
        {
            return bytes.Length == ContentKey.Size
                ? new ContentKey(bytes)
                : throw new CpixException(CpixCodes.KeyLength, $"The key {Kid} has {bytes.Length} bytes, not 16.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Fills in the value in the clear; <see cref="CpixDocument.EncryptKeys"/> encrypts all of them afterwards.</summary>
    /// <exception cref="ArgumentException">Not 16, 24 or 32 bytes.</exception>
    public void SetKey(ReadOnlySpan<byte> key)
    {
        if (!CpixSecret.IsKeyLength(key.Length)) throw new ArgumentException("A key has 16, 24 or 32 bytes.", nameof(key));
        EnsureSecret().SetPlainValue(key);
    }

    /// <summary>Takes the value out, in the clear or encrypted.</summary>
    public void RemoveKey() => Secret.Remove();

    internal CpixSecret EnsureSecret()
    {
        if (!Secret.IsPresent) Secret = new CpixSecret(Document, AddChild("Data"));
        return Secret;
    }

    private protected override IReadOnlyList<string> ChildOrder => CpixOrder.ContentKey;

    private protected override IReadOnlyList<string> KnownAttributes => Attributes;

    private static byte[]? ParseIV(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (text.Length == 36 && KeyId.TryParse(text, out var uuid)) return uuid.ToByteArray();
        var bytes = XmlValues.Base64(text, "ContentKey@explicitIV");
        return bytes.Length == 16 ? bytes : throw new CpixException(CpixCodes.KeyLength, $"ContentKey@explicitIV has {bytes.Length} bytes, not 16: it is base64.");
    }
}
