using DrmHub.Music.Catalogue;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>The ResourceList: recordings, and the cover.</summary>
internal static class ErnResources
{
    public static (IReadOnlyList<ErnRecording> Recordings, IReadOnlySet<string> Others, string? Artwork) Read(XmlTree? list, XmlTree root, ErnProblems problems)
    {
        var recordings = new List<ErnRecording>();
        var others = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? artwork = null;
        if (list is null) problems.Add(root, "ern.structure", "There is no ResourceList.");
        foreach (var node in list?.All ?? [])
        {
            if (node.TextOf("ResourceReference") is not { } reference)
            {
                if (node.Name == "SoundRecording") problems.Add(node, "ern.structure", "A SoundRecording has no ResourceReference.");
                continue;
            }

            if (!seen.Add(reference)) problems.Add(node, "ern.reference", $"{ErnParser.Short(reference)} is the reference of two resources.");
            if (node.Name != "SoundRecording")
            {
                others.Add(reference);
                if (node.Name == "Image") artwork ??= ReadFile(node);
            }
            else if (recordings.Count >= ErnLimits.MaxRecordings)
            {
                throw new ErnException(node.Line, "ern.structure", $"A message has at most {ErnLimits.MaxRecordings} recordings.");
            }
            else
            {
                recordings.Add(ReadRecording(node, reference, problems));
            }
        }

        return (recordings, others, artwork);
    }

    private static ErnRecording ReadRecording(XmlTree node, string reference, ErnProblems problems)
    {
        var texts = new ErnDescription(node, "SoundRecordingDetailsByTerritory");
        var ids = node.Children("SoundRecordingEdition").SelectMany(edition => edition.Children("ResourceId")).Concat(node.Children("ResourceId")).Concat(node.Children("SoundRecordingId"))
            .Where(id => id.Attribute("IsReplaced") != "true").ToList();
        return new ErnRecording
        {
            Line = node.Line,
            Reference = reference,
            Isrc = ReadIsrc(ids.Select(id => id.Child("ISRC")).OfType<XmlTree>(), problems),
            ProprietaryIds = ErnText.Proprietary(ids.SelectMany(id => id.Children("ProprietaryId"))),
            Titles = texts.Titles,
            Subtitles = texts.Subtitles,
            DisplayArtists = texts.DisplayArtists,
            Artists = texts.Artists,
            Contributors = texts.Contributors,
            DurationMs = ErnText.Duration(node.Child("Duration"), problems),
            Languages = [.. texts.All("LanguageOfPerformance").Select(language => ErnText.Tag(language.Text)).OfType<string>().Distinct().Take(20)],
            ParentalWarning = ErnText.Parental(texts.All("ParentalWarningType")),
            Hidden = ErnText.Flag(node.Child("DisableSearch"), problems) ?? false,
            NoCrossfade = ErnText.Flag(node.Child("DisableCrossfade"), problems) ?? false,
            PLine = texts.All("PLine").Concat(node.Children("SoundRecordingEdition").SelectMany(edition => edition.Children("PLine"))).Select(line => line.TextOf("PLineText")).OfType<string>().FirstOrDefault(),
            Ragas = texts.Values("Raga"),
            Talas = texts.Values("Tala"),
            Deities = texts.Values("Deity"),
        };
    }

    private static string? ReadIsrc(IEnumerable<XmlTree> nodes, ErnProblems problems)
    {
        string? isrc = null;
        foreach (var node in nodes)
        {
            if (!MusicIds.IsIsrc(node.Text)) problems.Add(node, "ern.identifier", $"'{ErnParser.Short(node.Text)}' is no ISRC: two letters, three letters or digits, seven digits, without hyphens.");
            else isrc ??= node.Text;
        }

        return isrc;
    }

    private static string? ReadFile(XmlTree image)
    {
        var file = image.Child("TechnicalDetails")?.Child("File") ?? image.Child("ImageDetailsByTerritory")?.Child("TechnicalImageDetails")?.Child("File");
        var name = file?.TextOf("URI") ?? (file?.TextOf("FileName") is { } plain ? (file.TextOf("FilePath") ?? "") + plain : null);
        return name is not null && MusicPath.IsPlain(name) ? name : null;
    }
}
