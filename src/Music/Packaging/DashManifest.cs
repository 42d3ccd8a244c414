using System.Globalization;
using System.Text;
using System.Xml;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>A DASH manifest (ISO/IEC 23009-1, on-demand profile): an adaptation set for each rendition, because each has its own key; segments by index.</summary>
internal static class DashManifest
{
    private const string Namespace = "urn:mpeg:dash:schema:mpd:2011";

    /// <param name="licenseUrl">Absolute: where Clear Key licences come from.</param>
    public static string Write(IReadOnlyList<PackagedRendition> renditions, string licenseUrl)
    {
        var output = new StringBuilder();
        using (var xml = XmlWriter.Create(output, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true }))
        {
            xml.WriteStartElement("", "MPD", Namespace);
            xml.WriteAttributeString("xmlns", "cenc", null, "urn:mpeg:cenc:2013");
            xml.WriteAttributeString("xmlns", "mspr", null, "urn:microsoft:playready");
            xml.WriteAttributeString("type", "static");
            xml.WriteAttributeString("profiles", "urn:mpeg:dash:profile:isoff-on-demand:2011");
            xml.WriteAttributeString("minBufferTime", "PT4S");
            xml.WriteAttributeString("mediaPresentationDuration", string.Create(CultureInfo.InvariantCulture, $"PT{PackagedRendition.Number(renditions[0].Seconds)}S"));
            xml.WriteStartElement("Period", Namespace);
            for (var i = 0; i < renditions.Count; i++) WriteSet(xml, renditions, i, licenseUrl);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + output + "\n";
    }

    private static void WriteSet(XmlWriter xml, IReadOnlyList<PackagedRendition> all, int i, string licenseUrl)
    {
        var rendition = all[i].Rendition;
        xml.WriteStartElement("AdaptationSet", Namespace);
        Attribute(xml, "id", i + 1);
        xml.WriteAttributeString("contentType", "audio");
        xml.WriteAttributeString("mimeType", "audio/mp4");
        if (rendition.Language is { } language) xml.WriteAttributeString("lang", language);
        xml.WriteAttributeString("subsegmentAlignment", "true");
        xml.WriteAttributeString("subsegmentStartsWithSAP", "1");
        foreach (var protection in KeySignals.ForDash(all[i], licenseUrl)) protection.WriteTo(xml);
        var others = string.Join(',', Enumerable.Range(0, all.Count).Where(j => j != i && all[j].Rendition.Language == rendition.Language).Select(j => (j + 1).ToString(CultureInfo.InvariantCulture)));
        if (others.Length > 0) Property(xml, "urn:mpeg:dash:adaptation-set-switching:2016", others);
        if (rendition.Loudness is { } loudness) Property(xml, "urn:drmhub:loudness:r128", string.Create(CultureInfo.InvariantCulture, $"I={loudness:F1} LUFS") + (rendition.TruePeak is { } peak ? string.Create(CultureInfo.InvariantCulture, $"; TP={peak:F1} dBTP") : ""));
        xml.WriteStartElement("Representation", Namespace);
        xml.WriteAttributeString("id", rendition.Id);
        xml.WriteAttributeString("codecs", rendition.Codec);
        Attribute(xml, "bandwidth", all[i].PeakBitrate);
        Attribute(xml, "audioSamplingRate", rendition.SampleRate);
        xml.WriteStartElement("AudioChannelConfiguration", Namespace);
        xml.WriteAttributeString("schemeIdUri", "urn:mpeg:dash:23003:3:audio_channel_configuration:2011");
        Attribute(xml, "value", rendition.Channels);
        xml.WriteEndElement();
        xml.WriteElementString("BaseURL", Namespace, "media/" + all[i].FileName);
        xml.WriteStartElement("SegmentBase", Namespace);
        Attribute(xml, "timescale", all[i].Index.Timescale);
        xml.WriteAttributeString("indexRange", Range(all[i].Index.IndexOffset, all[i].Index.IndexLength));
        xml.WriteStartElement("Initialization", Namespace);
        xml.WriteAttributeString("range", Range(0, all[i].Index.InitLength));
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void Property(XmlWriter xml, string scheme, string value)
    {
        xml.WriteStartElement("SupplementalProperty", Namespace);
        xml.WriteAttributeString("schemeIdUri", scheme);
        xml.WriteAttributeString("value", value);
        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, long value) => xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));

    private static string Range(long offset, long length) => string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + length - 1}");
}
