using DrmHub.Music.Catalogue;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>
/// Titles, artists and the like of a recording or release. In 4.x they stand in the element itself; in 3.8 partly there and partly in
/// composites by territory, of which the one for the world counts, or else the first.
/// </summary>
internal sealed class ErnDescription
{
    private readonly XmlTree[] _nodes;

    public ErnDescription(XmlTree node, string detailsByTerritory)
    {
        var details = node.Children(detailsByTerritory).ToList();
        var chosen = details.Find(each => each.Children("TerritoryCode").Any(code => code.Text == Territories.Worldwide)) ?? details.FirstOrDefault();
        _nodes = chosen is null ? [node] : [node, chosen];
    }

    public IReadOnlyList<LocalText> Titles => ErnText.Local(All("DisplayTitleText").Concat(TitleTexts("DisplayTitle")).Concat(TitleTexts("Title")).Concat(TitleTexts("ReferenceTitle")).Concat(TitleTexts("AdditionalTitle")).Concat(TitleTexts("FormalTitle")));

    public IReadOnlyList<LocalText> Subtitles => ErnText.Local(((string[])["DisplayTitle", "Title", "ReferenceTitle"]).SelectMany(All).SelectMany(title => title.Children("SubTitle").Select(sub => sub.Attribute("LanguageAndScriptCode") is null ? sub.WithAttributesOf(title) : sub)));

    public IReadOnlyList<LocalText> DisplayArtists => ErnText.Local(All("DisplayArtistName"));

    public IReadOnlyList<ErnArtist> Artists =>
        [.. All("DisplayArtist").Take(200).Select(artist => ReadArtist(artist, "ArtistPartyReference", artist.TextOf("DisplayArtistRole") ?? artist.TextOf("ArtistRole") ?? "MainArtist"))];

    public IReadOnlyList<ErnArtist> Contributors =>
    [
        .. All("Contributor").Concat(All("ResourceContributor")).Concat(All("IndirectResourceContributor")).Take(500)
            .Select(one => ReadArtist(one, "ContributorPartyReference", one.TextOf("Role") ?? one.TextOf("ResourceContributorRole") ?? one.TextOf("IndirectResourceContributorRole") ?? "Contributor")),
    ];

    public IEnumerable<XmlTree> All(string name) => _nodes.SelectMany(node => node.Children(name));

    public string? Text(string name) => All(name).Select(node => node.Text).FirstOrDefault(text => text.Length > 0);

    public IReadOnlyList<string> Values(string name) => [.. All(name).Select(node => node.Text.Length > 0 ? node.Text : node.TextOf("Value")).OfType<string>().Where(text => text.Length is > 0 and <= 200).Distinct(StringComparer.Ordinal).Take(50)];

    /// <summary>The language may stand on the title or on its text.</summary>
    private IEnumerable<XmlTree> TitleTexts(string name) => All(name).SelectMany(title => title.Children("TitleText").Select(text => text.Attribute("LanguageAndScriptCode") is null ? text.WithAttributesOf(title) : text));

    private static ErnArtist ReadArtist(XmlTree node, string reference, string role) => new(
        node.Line,
        node.TextOf(reference),
        ErnText.Local(node.Children("PartyName").SelectMany(name => name.Children("FullName").Select(full => full.Attribute("LanguageAndScriptCode") is null ? full.WithAttributesOf(name) : full))),
        role.Length <= 100 ? role : role[..100]);
}
