using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Podcasts;

/// <summary>An episode as a feed shows it: with the address of its media, and of its encrypted forms for players of our own.</summary>
/// <param name="Enclosure">Null where this feed has no file for it.</param>
/// <param name="Manifest">HLS manifest of the encrypted renditions; null where there are none.</param>
internal sealed record FeedItem(Episode Episode, string? Enclosure, string? Manifest);

/// <summary>Writes RSS 2.0 with the itunes and podcast namespaces. The same content makes the same bytes, so that ETags hold.</summary>
internal static class FeedWriter
{
    public const string Itunes = "http://www.itunes.com/dtds/podcast-1.0.dtd";
    public const string Podcast = "https://podcastindex.org/namespace/1.0";
    public const string Atom = "http://www.w3.org/2005/Atom";
    public const string Content = "http://purl.org/rss/1.0/modules/content/";

    /// <summary>The podcast namespace of UUIDs.</summary>
    private static readonly Guid s_guidSpace = new("ead4c236-bf58-58c6-a2c6-a6b28d128cb6");

    /// <param name="self">The public address of the feed, without a token.</param>
    /// <param name="isPrivate">For one subscriber: nobody else may list, import or index it.</param>
    public static byte[] Write(Show show, IReadOnlyList<FeedItem> items, string self, bool isPrivate)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, NewLineChars = "\n", CheckCharacters = true }))
        {
            xml.WriteStartElement("rss");
            xml.WriteAttributeString("version", "2.0");
            xml.WriteAttributeString("xmlns", "itunes", null, Itunes);
            xml.WriteAttributeString("xmlns", "podcast", null, Podcast);
            xml.WriteAttributeString("xmlns", "atom", null, Atom);
            xml.WriteAttributeString("xmlns", "content", null, Content);
            xml.WriteStartElement("channel");
            WriteChannel(xml, show, self, isPrivate);
            foreach (var item in items) WriteItem(xml, item);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return bytes.ToArray();
    }

    /// <summary>RFC 9562 version 5: the name of the show under the podcast namespace, the same wherever the feed moves.</summary>
    public static Guid GuidOf(Show show) => show.Guid is { } guid ? new Guid(guid) : NameGuid("urn:drmhub:show:" + show.Id);

    /// <summary>podcast:guid of a feed by its address, as the namespace prescribes: without scheme and without slashes at the end.</summary>
    public static Guid GuidOfAddress(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal);
        return NameGuid((start < 0 ? address : address[(start + 3)..]).TrimEnd('/'));
    }

    private static Guid NameGuid(string name)
    {
        // SHA-1 is what version 5 of UUIDs is made of; nothing is proven by it.
        var hash = SHA1.HashData([.. s_guidSpace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)]).AsSpan(0, 16);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }

    private static void WriteChannel(XmlWriter xml, Show show, string self, bool isPrivate)
    {
        Text(xml, "title", show.Titles[0].Value);
        Text(xml, "link", show.Link ?? self);
        Text(xml, "description", show.Description.Length > 0 ? show.Description : show.Titles[0].Value);
        Text(xml, "language", show.Language.ToLowerInvariant());
        if (show.Copyright is { } copyright) Text(xml, "copyright", copyright);
        xml.WriteStartElement("link", Atom);
        xml.WriteAttributeString("href", self);
        xml.WriteAttributeString("rel", "self");
        xml.WriteAttributeString("type", "application/rss+xml");
        xml.WriteEndElement();
        if (show.Author is { } author) Text(xml, "author", author, Itunes);
        if (show.Artwork is { } artwork) Attribute(xml, "image", "href", artwork, Itunes);
        foreach (var category in show.Categories) WriteCategory(xml, category);
        Text(xml, "explicit", show.Explicit ? "true" : "false", Itunes);
        Text(xml, "type", show.Type == ShowType.Serial ? "serial" : "episodic", Itunes);
        if (show.Complete) Text(xml, "complete", "Yes", Itunes);
        if (isPrivate)
        {
            Text(xml, "block", "Yes", Itunes);
            Text(xml, "block", "yes", Podcast);
        }

        if (show.OwnerEmail is { } email)
        {
            xml.WriteStartElement("owner", Itunes);
            Text(xml, "name", show.OwnerName ?? show.Titles[0].Value, Itunes);
            Text(xml, "email", email, Itunes);
            xml.WriteEndElement();
        }

        Text(xml, "guid", GuidOf(show).ToString(), Podcast);
        Text(xml, "locked", show.Locked || isPrivate ? "yes" : "no", Podcast);
        Text(xml, "medium", show.Medium, Podcast);
    }

    /// <summary>A subcategory stands inside its category.</summary>
    private static void WriteCategory(XmlWriter xml, string category)
    {
        var slash = category.IndexOf('/', StringComparison.Ordinal);
        xml.WriteStartElement("category", Itunes);
        xml.WriteAttributeString("text", slash < 0 ? category : category[..slash]);
        if (slash >= 0) Attribute(xml, "category", "text", category[(slash + 1)..], Itunes);
        xml.WriteEndElement();
    }

    private static void WriteItem(XmlWriter xml, FeedItem item)
    {
        var episode = item.Episode;
        xml.WriteStartElement("item");
        Text(xml, "title", episode.Titles[0].Value);
        if (episode.Description.Length > 0) Text(xml, "description", episode.Description);
        xml.WriteStartElement("guid");
        xml.WriteAttributeString("isPermaLink", "false");
        xml.WriteString(episode.FeedGuid);
        xml.WriteEndElement();
        if (episode.Published is { } published) Text(xml, "pubDate", FeedDates.Format(published));
        if (episode.Link is { } link) Text(xml, "link", link);
        if (item.Enclosure is { } enclosure && episode.Media is { } media)
        {
            xml.WriteStartElement("enclosure");
            xml.WriteAttributeString("url", enclosure);
            xml.WriteAttributeString("length", media.Length.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("type", media.Type);
            xml.WriteEndElement();
        }

        if (item.Manifest is { } manifest) WriteManifest(xml, manifest);
        if (episode.DurationMs is { } duration) Text(xml, "duration", ((duration + 500) / 1000).ToString(CultureInfo.InvariantCulture), Itunes);
        Text(xml, "explicit", episode.Explicit ? "true" : "false", Itunes);
        Text(xml, "episodeType", episode.Type switch { EpisodeType.Trailer => "trailer", EpisodeType.Bonus => "bonus", _ => "full" }, Itunes);
        if (episode.Number is > 0 and { } number) Text(xml, "episode", number.ToString(CultureInfo.InvariantCulture), Itunes);
        if (episode.Season is > 0 and { } season) Text(xml, "season", season.ToString(CultureInfo.InvariantCulture), Itunes);
        if (episode.Artwork is { } artwork) Attribute(xml, "image", "href", artwork, Itunes);
        foreach (var transcript in episode.Transcripts) WriteTranscript(xml, transcript);
        if (episode.Chapters is { } chapters)
        {
            xml.WriteStartElement("chapters", Podcast);
            xml.WriteAttributeString("url", chapters);
            xml.WriteAttributeString("type", "application/json+chapters");
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    /// <summary>For players that hold a token and can decrypt; others take the enclosure.</summary>
    private static void WriteManifest(XmlWriter xml, string manifest)
    {
        xml.WriteStartElement("alternateEnclosure", Podcast);
        xml.WriteAttributeString("type", "application/vnd.apple.mpegurl");
        xml.WriteAttributeString("rel", "encrypted");
        Attribute(xml, "source", "uri", manifest, Podcast);
        xml.WriteEndElement();
    }

    private static void WriteTranscript(XmlWriter xml, EpisodeTranscript transcript)
    {
        xml.WriteStartElement("transcript", Podcast);
        xml.WriteAttributeString("url", transcript.Url);
        xml.WriteAttributeString("type", transcript.Type);
        if (transcript.Language is { } language) xml.WriteAttributeString("language", language);
        xml.WriteEndElement();
    }

    private static void Text(XmlWriter xml, string name, string value, string? space = null) => xml.WriteElementString(name, space, value.Trim());

    private static void Attribute(XmlWriter xml, string name, string attribute, string value, string space)
    {
        xml.WriteStartElement(name, space);
        xml.WriteAttributeString(attribute, value);
        xml.WriteEndElement();
    }
}
