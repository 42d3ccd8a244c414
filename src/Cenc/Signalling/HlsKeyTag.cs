using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Signalling;

/// <summary>
/// An HLS key tag (RFC 8216, 4.3.2.4 and 4.3.4.5): the same attributes make <c>#EXT-X-KEY</c> in a media playlist and
/// <c>#EXT-X-SESSION-KEY</c> in a multivariant one. Immutable. HLS has methods for cbcs (SAMPLE-AES), cenc (SAMPLE-AES-CTR)
/// and whole segments (AES-128); it has none for cens and cbc1, so these are refused.
/// </summary>
public sealed class HlsKeyTag
{
    private readonly string _attributes;

    private HlsKeyTag(string keyFormat, HlsAttributeList attributes)
    {
        KeyFormat = keyFormat;
        _attributes = attributes.ToString();
    }

    /// <summary>Names the system that reads the URI.</summary>
    public string KeyFormat { get; }

    /// <summary>True for the schemes that HLS has a method for.</summary>
    public static bool Supports(ProtectionScheme scheme) => scheme is ProtectionScheme.Cenc or ProtectionScheme.Cbcs;

    /// <summary>Widevine: the pssh box in a data URI, and the key id, without which some players wait for the first segment.</summary>
    /// <exception cref="ArgumentException">HLS has no method for the scheme, or the box is another system's.</exception>
    public static HlsKeyTag ForWidevine(ProtectionScheme scheme, KeyId keyId, PsshBox pssh)
    {
        ArgumentNullException.ThrowIfNull(pssh);
        if (pssh.SystemId != DrmSystemIds.Widevine) throw new ArgumentException($"The pssh box is of system {pssh.SystemId}, not Widevine's.", nameof(pssh));
        const string Format = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";
        return new(Format, Start(scheme, HlsAttributeList.CapacityFor(pssh.Written.Length))
            .QuotedBase64("URI", "data:text/plain;base64,", pssh.Written)
            .Hexadecimal("KEYID", keyId.ToByteArray())
            .Quoted("KEYFORMAT", Format)
            .Quoted("KEYFORMATVERSIONS", "1"));
    }

    /// <summary>PlayReady: the PlayReady object, not the pssh box, in a data URI.</summary>
    /// <exception cref="ArgumentException">HLS has no method for the scheme.</exception>
    public static HlsKeyTag ForPlayReady(ProtectionScheme scheme, PlayReadyObject playReady)
    {
        ArgumentNullException.ThrowIfNull(playReady);
        const string Format = "com.microsoft.playready";
        return new(Format, Start(scheme, HlsAttributeList.CapacityFor(playReady.Written.Length))
            .Quoted("KEYFORMAT", Format)
            .Quoted("KEYFORMATVERSIONS", "1")
            .QuotedBase64("URI", "data:text/plain;charset=UTF-16;base64,", playReady.Written));
    }

    /// <summary>FairPlay, for cbcs alone. The IV comes with the key, so there is no IV attribute.</summary>
    /// <param name="assetUri">"skd://" and whatever the application's key requests need; it reaches the application as it is.</param>
    /// <exception cref="ArgumentException">Another URI scheme, or a value that cannot be quoted.</exception>
    public static HlsKeyTag ForFairPlay(string assetUri)
    {
        ArgumentNullException.ThrowIfNull(assetUri);
        if (!assetUri.StartsWith("skd://", StringComparison.Ordinal)) throw new ArgumentException("A FairPlay asset URI starts with skd://.", nameof(assetUri));
        const string Format = "com.apple.streamingkeydelivery";
        return new(Format, Start(ProtectionScheme.Cbcs)
            .Quoted("URI", assetUri)
            .Quoted("KEYFORMAT", Format)
            .Quoted("KEYFORMATVERSIONS", "1"));
    }

    /// <summary>Clear Key by EME, as hls.js reads it: the key id in a data URI. The key itself comes from a licence request.</summary>
    /// <exception cref="ArgumentException">HLS has no method for the scheme.</exception>
    public static HlsKeyTag ForClearKey(ProtectionScheme scheme, KeyId keyId)
    {
        const string Format = "org.w3.clearkey";
        return new(Format, Start(scheme)
            .Quoted("URI", "data:text/plain;base64," + Convert.ToBase64String(keyId.ToByteArray()))
            .Hexadecimal("KEYID", keyId.ToByteArray())
            .Quoted("KEYFORMAT", Format)
            .Quoted("KEYFORMATVERSIONS", "1"));
    }

    /// <summary>
    /// Clear Key by URL, as Shaka Player reads it (fragmented MP4): the URI answers the 16 raw bytes of the key. hls.js takes
    /// <see cref="ForClearKey"/> instead.
    /// </summary>
    /// <param name="scheme">cenc or cbcs.</param>
    /// <param name="keyUri">Absolute, or relative to the playlist.</param>
    /// <param name="iv">16 bytes, or empty: in fragmented MP4 the file has it.</param>
    /// <exception cref="ArgumentException">HLS has no method for the scheme, the URI cannot be quoted, or the IV has another size.</exception>
    public static HlsKeyTag ForIdentity(ProtectionScheme scheme, string keyUri, ReadOnlySpan<byte> iv = default) =>
        Identity(Start(scheme), keyUri, iv);

    /// <summary>AES-128: whole segments in CBC, no common encryption. The URI answers the 16 raw bytes of the key.</summary>
    /// <param name="keyUri">Absolute, or relative to the playlist.</param>
    /// <param name="iv">16 bytes, or empty for the segment's sequence number.</param>
    /// <exception cref="ArgumentException">The URI cannot be quoted, or the IV has another size.</exception>
    public static HlsKeyTag ForAes128(string keyUri, ReadOnlySpan<byte> iv = default) =>
        Identity(new HlsAttributeList().Enumerated("METHOD", "AES-128"), keyUri, iv);

    /// <summary>The line for a media playlist, without a line break.</summary>
    public string ToMediaTag() => "#EXT-X-KEY:" + _attributes;

    /// <summary>The line for a multivariant playlist, without a line break.</summary>
    public string ToSessionTag() => "#EXT-X-SESSION-KEY:" + _attributes;

    /// <summary>The attribute list alone, as CPIX documents are filled with it.</summary>
    public string ToAttributes() => _attributes.ToString();

    public override string ToString() => ToMediaTag();

    private static HlsKeyTag Identity(HlsAttributeList attributes, string keyUri, ReadOnlySpan<byte> iv)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyUri);
        if (iv.Length is not (0 or 16)) throw new ArgumentException($"An HLS IV has 16 bytes, not {iv.Length}.", nameof(iv));
        attributes.Quoted("URI", keyUri);
        if (!iv.IsEmpty) attributes.Hexadecimal("IV", iv);
        return new("identity", attributes.Quoted("KEYFORMAT", "identity").Quoted("KEYFORMATVERSIONS", "1"));
    }

    private static HlsAttributeList Start(ProtectionScheme scheme, int capacity = 0) => new HlsAttributeList(Math.Max(capacity, HlsAttributeList.Small)).Enumerated("METHOD", scheme switch
    {
        ProtectionScheme.Cbcs => "SAMPLE-AES",
        ProtectionScheme.Cenc => "SAMPLE-AES-CTR",
        _ => throw new ArgumentException($"HLS has no method for the scheme {scheme.ToFourCC()}; it has for cenc and cbcs.", nameof(scheme)),
    });
}
