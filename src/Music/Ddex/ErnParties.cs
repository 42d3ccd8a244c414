using DrmHub.Music.Catalogue;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>The PartyList of 4.x.</summary>
internal static class ErnParties
{
    public static IReadOnlyDictionary<string, ErnParty> Read(XmlTree? list, ErnProblems problems)
    {
        var parties = new Dictionary<string, ErnParty>(StringComparer.Ordinal);
        foreach (var node in list?.Children("Party") ?? [])
        {
            if (node.TextOf("PartyReference") is not { } reference)
            {
                problems.Add(node, "ern.structure", "A Party has no PartyReference.");
                continue;
            }

            var names = ErnText.Local(node.Children("PartyName").SelectMany(name => name.Children("FullName").Select(full => WithLanguage(name, full))));
            var ids = node.Children("PartyId").ToList();
            var isni = ids.Select(id => id.TextOf("ISNI")?.Replace(" ", "", StringComparison.Ordinal)).OfType<string>().FirstOrDefault(MusicIds.IsIsni);
            var party = ids.Select(id => id.TextOf("DPID")?.Replace("-", "", StringComparison.Ordinal)).OfType<string>().FirstOrDefault(MusicIds.IsPartyId);
            var own = ErnText.Proprietary(ids.SelectMany(id => id.Children("ProprietaryId")));
            if (!parties.TryAdd(reference, new ErnParty(reference, names, isni, party, own))) problems.Add(node, "ern.reference", $"{ErnParser.Short(reference)} is the reference of two parties.");
        }

        return parties;
    }

    /// <summary>The language stands on the PartyName, the text in its FullName.</summary>
    private static XmlTree WithLanguage(XmlTree name, XmlTree full) => full.Attribute("LanguageAndScriptCode") is not null ? full : full.WithAttributesOf(name);
}
