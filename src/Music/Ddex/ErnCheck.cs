using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Ddex;

/// <summary>What holds between the parts of a message, beside what each part says for itself.</summary>
internal static class ErnCheck
{
    public static void Check(ErnMessage message, ErnProblems problems)
    {
        var recordings = message.Recordings.ToDictionary(recording => recording.Reference, StringComparer.Ordinal);
        CheckRecordings(message, problems);
        CheckRelease(message.Main, message, recordings, problems);
        foreach (var track in message.Tracks)
        {
            foreach (var item in track.Items) CheckItem(item, message, recordings, problems);
            foreach (var item in track.Items.Where(item => recordings.ContainsKey(item.Resource) && message.Main.Items.All(place => place.Resource != item.Resource)))
                problems.Add(item.Line, "ern.reference", $"{ErnParser.Short(item.Resource)} stands on no place of the main release.");
        }

        CheckDeals(message, problems);
    }

    private static void CheckRecordings(ErnMessage message, ErnProblems problems)
    {
        var isrcs = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var recording in message.Recordings)
        {
            if (recording.Titles.Count == 0) problems.Add(recording.Line, "ern.structure", "A recording has no title.");
            if (recording.Isrc is null && recording.ProprietaryIds.Count == 0) problems.Add(recording.Line, "ern.identifier", "A recording has neither an ISRC nor a proprietary id.");
            if (recording.Isrc is { } isrc && !isrcs.TryAdd(isrc, recording.Line)) problems.Add(recording.Line, "ern.identifier", $"ISRC {isrc} is that of the recording in line {isrcs[isrc]} too.");
            CheckArtists(recording.Artists.Concat(recording.Contributors), message, problems);
            CheckTexts(recording.Line, recording.Titles.Concat(recording.Subtitles).Concat(recording.DisplayArtists), problems);
        }
    }

    private static void CheckRelease(ErnRelease main, ErnMessage message, Dictionary<string, ErnRecording> recordings, ErnProblems problems)
    {
        if (main.Id.IsEmpty) problems.Add(main.Line, "ern.identifier", "The release has no GRid, ICPN or proprietary id.");
        if (main.Titles.Count == 0) problems.Add(main.Line, "ern.structure", "The release has no title.");
        if (main.Items.Count == 0) problems.Add(main.Line, "ern.structure", "The release has no resources.");
        foreach (var item in main.Items) CheckItem(item, message, recordings, problems);
        CheckArtists(main.Artists, message, problems);
        CheckTexts(main.Line, main.Titles.Concat(main.Subtitles).Concat(main.DisplayArtists), problems);
        if (main.LabelReference is { } label && !message.Parties.ContainsKey(label)) problems.Add(main.Line, "ern.reference", $"The label {ErnParser.Short(label)} is no party of this message.");
    }

    private static void CheckItem(ErnItem item, ErnMessage message, Dictionary<string, ErnRecording> recordings, ErnProblems problems)
    {
        if (!recordings.ContainsKey(item.Resource) && !message.Others.Contains(item.Resource)) problems.Add(item.Line, "ern.reference", $"{ErnParser.Short(item.Resource)} is no resource of this message.");
    }

    private static void CheckArtists(IEnumerable<ErnArtist> artists, ErnMessage message, ErnProblems problems)
    {
        foreach (var artist in artists)
        {
            if (artist.PartyReference is { } reference && !message.Parties.ContainsKey(reference)) problems.Add(artist.Line, "ern.reference", $"{ErnParser.Short(reference)} is no party of this message.");
        }
    }

    private static void CheckTexts(int line, IEnumerable<LocalText> texts, ErnProblems problems)
    {
        var check = new ItemCheck();
        check.Texts([.. texts], "title or artist name", required: false);
        foreach (var problem in check.Problems) problems.Add(line, "ern.value", problem);
    }

    private static void CheckDeals(ErnMessage message, ErnProblems problems)
    {
        var releases = message.Tracks.Prepend(message.Main).Select(release => release.Reference).ToHashSet(StringComparer.Ordinal);
        var resources = message.Main.Items.Select(item => item.Resource).ToHashSet(StringComparer.Ordinal);
        foreach (var deal in message.Deals)
        {
            foreach (var reference in deal.Releases.Where(reference => !releases.Contains(reference))) problems.Add(deal.Line, "ern.reference", $"{ErnParser.Short(reference)} is no release of this message.");
            foreach (var reference in deal.InstantGratification.Where(reference => !resources.Contains(reference))) problems.Add(deal.Line, "ern.reference", $"{ErnParser.Short(reference)} is no resource of the release.");
        }
    }
}
