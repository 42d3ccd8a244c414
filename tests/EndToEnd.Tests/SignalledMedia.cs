using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using DrmHub.Cenc;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;

namespace DrmHub.EndToEnd.Tests;

/// <summary>A sample, encrypted by the library, and manifests around the library's protection lines.</summary>
internal sealed class SignalledMedia
{
    public static readonly KeyId KeyId = KeyId.Parse("9eb4050d-e44b-4802-932e-27d75083e266");
    public static readonly byte[] Key = Convert.FromHexString("166634c675823c235a4a9446fad52e4d");

    private const string Mpd = "urn:mpeg:dash:schema:mpd:2011";
    private readonly byte[] _clear;
    private readonly List<(string Type, int Offset, int Size)> _boxes;

    public SignalledMedia(ProtectionScheme scheme)
    {
        Scheme = scheme;
        _clear = File.ReadAllBytes(Tools.Sample("demo-sd.mp4"));
        using var key = new ContentKey(Key);
        using var encryptor = new FileEncryptor(new EncryptionOptions
        {
            Scheme = scheme,
            Keys = EncryptionOptions.KeysByLabel([(null, new TrackKey(KeyId, key))]),
            PsshBoxes = [PsshBox.ForCommon([KeyId]).ToByteArray()],
        });
        using var output = new MemoryStream();
        encryptor.Encrypt(new MemoryStream(_clear), output);
        Protected = output.ToArray();
        _boxes = Boxes(Protected);
    }

    public ProtectionScheme Scheme { get; }

    public byte[] Protected { get; }

    public string Dash(string licenseUrl)
    {
        var sidx = _boxes.Find(box => box.Type == "sidx");
        var codec = _clear.AsSpan(_clear.AsSpan().IndexOf("avcC"u8) + 5, 3);
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true }))
        {
            writer.WriteStartElement("MPD", Mpd);
            Attributes(writer, ("profiles", "urn:mpeg:dash:profile:isoff-on-demand:2011"), ("type", "static"), ("mediaPresentationDuration", "PT12S"), ("minBufferTime", "PT2S"));
            writer.WriteStartElement("Period", Mpd);
            writer.WriteStartElement("AdaptationSet", Mpd);
            Attributes(writer, ("mimeType", "video/mp4"), ("contentType", "video"), ("segmentAlignment", "true"));
            foreach (var protection in Protections(licenseUrl)) protection.WriteTo(writer);
            writer.WriteStartElement("Representation", Mpd);
            Attributes(writer, ("id", "1"), ("codecs", "avc1." + Convert.ToHexStringLower(codec)), ("bandwidth", "200000"), ("width", "640"), ("height", "360"));
            writer.WriteElementString("BaseURL", Mpd, "protected.mp4");
            writer.WriteStartElement("SegmentBase", Mpd);
            Attributes(writer, ("indexRange", Range(sidx.Offset, sidx.Size)));
            writer.WriteStartElement("Initialization", Mpd);
            Attributes(writer, ("range", Range(0, sidx.Offset)));
        }

        return text.ToString();
    }

    /// <param name="tag">Stands behind the map, so that it is in force for the segments.</param>
    public string Hls(HlsKeyTag tag)
    {
        var lines = new List<string> { "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-PLAYLIST-TYPE:VOD", tag.ToMediaTag() };
        var sidx = _boxes.Find(box => box.Type == "sidx");
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"protected.mp4\",BYTERANGE=\"{sidx.Offset}@0\""));
        foreach (var (offset, size) in Fragments(_boxes))
        {
            lines.AddRange(["#EXTINF:2.0,", string.Create(CultureInfo.InvariantCulture, $"#EXT-X-BYTERANGE:{size}@{offset}"), "protected.mp4"]);
        }

        return string.Join('\n', [.. lines, "#EXT-X-ENDLIST", ""]);
    }

    /// <summary>Whole segments in AES-128, made from the clear sample; the init segment stays clear.</summary>
    public (string Playlist, Dictionary<string, byte[]> Files) Aes128(string keyUrl)
    {
        var iv = Convert.FromHexString("11223344556677889900aabbccddeeff");
        var boxes = Boxes(_clear);
        var init = boxes.Find(box => box.Type == "sidx").Offset;
        var files = new Dictionary<string, byte[]> { ["init.mp4"] = _clear[..init] };
        var lines = new List<string>
        {
            "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-MAP:URI=\"init.mp4\"", HlsKeyTag.ForAes128(keyUrl, iv).ToMediaTag(),
        };
        using var aes = Aes.Create();
        aes.Key = Key;
        foreach (var (offset, size) in Fragments(boxes))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"segment-{files.Count}.m4s");
            files[name] = aes.EncryptCbc(_clear.AsSpan(offset, size), iv);
            lines.AddRange(["#EXTINF:2.0,", name]);
        }

        return (string.Join('\n', [.. lines, "#EXT-X-ENDLIST", ""]), files);
    }

    private ContentProtection[] Protections(string licenseUrl) =>
    [
        ContentProtection.ForScheme(Scheme, KeyId),
        ContentProtection.ForWidevine(PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [KeyId], Scheme = Scheme }), KeyId),
        ContentProtection.ForPlayReady(PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(KeyId, Scheme)], licenseUrl)), KeyId),
        ContentProtection.ForFairPlay(KeyId),
        ContentProtection.ForClearKey(KeyId, licenseUrl),
    ];

    private static void Attributes(XmlWriter writer, params (string Name, string Value)[] attributes)
    {
        foreach (var (name, value) in attributes) writer.WriteAttributeString(name, value);
    }

    private static string Range(int offset, int size) => string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + size - 1}");

    private static IEnumerable<(int Offset, int Size)> Fragments(List<(string Type, int Offset, int Size)> boxes)
    {
        for (var i = 0; i + 1 < boxes.Count; i++)
        {
            if (boxes[i].Type == "moof") yield return (boxes[i].Offset, boxes[i].Size + boxes[i + 1].Size);
        }
    }

    private static List<(string Type, int Offset, int Size)> Boxes(byte[] file)
    {
        var boxes = new List<(string, int, int)>();
        for (var at = 0; at < file.Length;)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            boxes.Add((Encoding.Latin1.GetString(file, at + 4, 4), at, size));
            at += size;
        }

        return boxes;
    }
}
