using System.Text;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary><c>HLSSignalingData</c>: the lines for one kind of HLS playlist.</summary>
public sealed class CpixHlsSignaling
{
    internal CpixHlsSignaling(XmlNode element) => Element = element;

    internal XmlNode Element { get; }

    /// <summary><c>media</c>, and <c>master</c> up to 2.3 or <c>multiVariant</c> since 2.4, as written; null where it is absent.</summary>
    public string? Playlist
    {
        get => Element.Get("playlist");
        set => Element.Set("playlist", value);
    }

    /// <summary>False for <c>master</c> and <c>multiVariant</c>; an absent attribute means the media playlist.</summary>
    public bool IsMedia => Playlist is null or "media";

    /// <summary><c>@allowedCPC</c> (since 2.4).</summary>
    public string? AllowedCpc
    {
        get => Element.Get("allowedCPC");
        set => Element.Set("allowedCPC", value);
    }

    /// <summary>The lines, decoded; null where the element is empty.</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public string? Text
    {
        get => Element.IsBlank ? null : Encoding.UTF8.GetString(XmlValues.Base64(Element.Text(), "HLSSignalingData"));
        set => Element.SetBase64(value is null ? [] : Encoding.UTF8.GetBytes(value));
    }

    /// <summary>As setting <see cref="Text"/> to one line: the tag with its colon, and the attributes.</summary>
    internal void SetTag(ReadOnlySpan<byte> tag, string attributes)
    {
        var line = new byte[tag.Length + Encoding.UTF8.GetByteCount(attributes)];
        tag.CopyTo(line);
        Encoding.UTF8.GetBytes(attributes, line.AsSpan(tag.Length));
        Element.SetBase64(line);
    }
}
