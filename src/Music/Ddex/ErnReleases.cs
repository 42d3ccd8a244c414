using DrmHub.Music.Catalogue;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>The ReleaseList: one main release, and releases of its tracks that deals name.</summary>
internal static class ErnReleases
{
    public static (ErnRelease Main, IReadOnlyList<ErnRelease> Tracks) Read(XmlTree? list, XmlTree root, ErnProblems problems)
    {
        if (list is null)
        {
            problems.Add(root, "ern.structure", "There is no ReleaseList.");
            return (ErnRelease.None, []);
        }

        var tracks = list.Children("TrackRelease").Concat(list.Children("ClipRelease")).Select(node => ReadRelease(node, isTrack: true, problems)).ToList();
        var releases = list.Children("Release").Select(node => (Node: node, Release: ReadRelease(node, isTrack: false, problems))).ToList();
        var mains = releases.Where(each => each.Node.Attribute("IsMainRelease") == "true").ToList();
        if (mains.Count == 0) mains = releases.Count == 1 ? releases : [.. releases.Where(each => each.Release.Reference == "R0")];
        if (mains.Count != 1)
        {
            problems.Add(list, "ern.structure", $"A message is about one main release; this one has {mains.Count}.");
            return (ErnRelease.None, tracks);
        }

        // 3.8 writes the releases of tracks as Release too.
        tracks.AddRange(releases.Where(each => each.Node != mains[0].Node).Select(each => each.Release));
        CheckReferences(tracks.Prepend(mains[0].Release), problems);
        return (mains[0].Release, tracks);
    }

    public static ErnReleaseId ReadId(IEnumerable<XmlTree> nodes, ErnProblems problems)
    {
        var ids = nodes.Where(node => node.Attribute("IsReplaced") != "true").ToList();
        return new ErnReleaseId(
            One("GRid", MusicIds.IsGrid, "no GRid with a right check character"),
            One("ICPN", MusicIds.IsGtin, "no UPC or EAN of 12 to 14 digits with a right check digit"),
            ErnText.Proprietary(ids.SelectMany(id => id.Children("ProprietaryId"))),
            ids.Select(id => id.TextOf("CatalogNumber")).OfType<string>().FirstOrDefault(number => number.Length <= 100),
            One("ISRC", MusicIds.IsIsrc, "no ISRC"));

        string? One(string name, Func<string, bool> isValid, string fault)
        {
            string? found = null;
            foreach (var node in ids.SelectMany(id => id.Children(name)).Where(node => node.Attribute("IsReplaced") != "true"))
            {
                if (isValid(node.Text)) found ??= node.Text;
                else problems.Add(node, "ern.identifier", $"'{ErnParser.Short(node.Text)}' is {fault}.");
            }

            return found;
        }
    }

    private static void CheckReferences(IEnumerable<ErnRelease> releases, ErnProblems problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var release in releases)
        {
            if (release.Reference.Length == 0) problems.Add(release.Line, "ern.structure", "A release has no ReleaseReference.");
            else if (!seen.Add(release.Reference)) problems.Add(release.Line, "ern.reference", $"{ErnParser.Short(release.Reference)} is the reference of two releases.");
        }
    }

    private static ErnRelease ReadRelease(XmlTree node, bool isTrack, ErnProblems problems)
    {
        var texts = new ErnDescription(node, "ReleaseDetailsByTerritory");
        return new ErnRelease
        {
            Line = node.Line,
            Reference = node.TextOf("ReleaseReference") ?? "",
            Id = ReadId(node.Children("ReleaseId"), problems),
            Type = texts.Text("ReleaseType") is { Length: <= 100 } type ? type : isTrack ? "TrackRelease" : "Album",
            Titles = texts.Titles,
            Subtitles = texts.Subtitles,
            DisplayArtists = texts.DisplayArtists,
            Artists = texts.Artists,
            LabelReference = texts.Text("ReleaseLabelReference"),
            LabelName = texts.Text("LabelName"),
            PLine = texts.All("PLine").Select(line => line.TextOf("PLineText")).OfType<string>().FirstOrDefault(),
            CLine = texts.All("CLine").Select(line => line.TextOf("CLineText")).OfType<string>().FirstOrDefault(),
            ReleaseDate = ErnText.Date(texts.All("ReleaseDate").FirstOrDefault()),
            OriginalReleaseDate = ErnText.Date(texts.All("OriginalReleaseDate").Concat(texts.All("GlobalOriginalReleaseDate")).FirstOrDefault()),
            Genres = [.. texts.All("Genre").Concat(texts.All("DisplayGenre")).SelectMany(genre => genre.Children("GenreText")).Select(text => text.Text).Where(text => text.Length is > 0 and <= 200).Distinct(StringComparer.Ordinal).Take(20)],
            ParentalWarning = ErnText.Parental(texts.All("ParentalWarningType")),
            Items = ReadItems(node, texts, problems),
            Ragas = texts.Values("Raga"),
            Talas = texts.Values("Tala"),
            Deities = texts.Values("Deity"),
        };
    }

    /// <summary>From the ResourceGroup, whose outer groups are discs; from the single reference of a TrackRelease; or from the list of 3.8.</summary>
    private static List<ErnItem> ReadItems(XmlTree node, ErnDescription texts, ErnProblems problems)
    {
        var items = new List<ErnItem>();
        foreach (var group in texts.All("ResourceGroup")) ReadGroup(group, items, problems);
        if (items.Count > 0) return items;
        var list = node.Child("ReleaseResourceReferenceList")?.Children("ReleaseResourceReference") ?? node.Children("ReleaseResourceReference");
        foreach (var reference in list.Where(reference => reference.Attribute("ReleaseResourceType") is null or "PrimaryResource"))
            items.Add(new ErnItem(reference.Line, 1, items.Count + 1, reference.Text, IsBonus: false));
        return items;
    }

    private static void ReadGroup(XmlTree group, List<ErnItem> items, ErnProblems problems)
    {
        var inner = group.Children("ResourceGroup").ToList();
        var content = group.Children("ResourceGroupContentItem").ToList();
        if (content.Count > 0)
        {
            // Each group with items of its own is a disc or a side: numbers begin again.
            var disc = items.Count == 0 ? 1 : items[^1].Disc + 1;
            var number = 0;
            foreach (var item in content)
            {
                number++;
                if (item.TextOf("ReleaseResourceReference") is not { } reference) problems.Add(item, "ern.structure", "A ResourceGroupContentItem has no ReleaseResourceReference.");
                else if (item.Child("ReleaseResourceReference")!.Attribute("ReleaseResourceType") != "SecondaryResource")
                    items.Add(new ErnItem(item.Line, disc, number, reference, ErnText.Flag(item.Child("IsBonusResource"), problems) ?? false));
            }
        }

        foreach (var each in inner) ReadGroup(each, items, problems);
    }
}
