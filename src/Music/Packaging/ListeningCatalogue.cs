using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>A rendition as a player needs it: its file, the parts of it, and what to cut off and turn down.</summary>
/// <param name="Segments">Offset and length of each fragment, in bytes.</param>
/// <param name="Seconds">Of real sound.</param>
public sealed record ListeningRendition(
    string Id, string Quality, string Codec, string? KeyId, string Url, long InitLength, IReadOnlyList<IReadOnlyList<long>> Segments, double Seconds, int PrimingSamples, int SampleRate, double? Loudness);

/// <summary>Something to listen to.</summary>
/// <param name="Id">Of the track or episode.</param>
public sealed record ListeningItem(string Id, string ContentId, string Title, string? OtherTitle, string? Artist, IReadOnlyList<ListeningRendition> Renditions);

/// <summary>A release or a show.</summary>
/// <param name="Kind"><c>release</c> or <c>show</c>.</param>
public sealed record ListeningGroup(string Id, string Kind, string Title, string? Subtitle, string? Description, IReadOnlyList<ListeningItem> Items);

/// <summary>What there is to listen to here: releases and shows of which something can be played.</summary>
public sealed class ListeningCatalogue(MusicCatalogue catalogue, PlayableMusic music)
{
    private const int MaxGroups = 50;

    public async Task<IReadOnlyList<ListeningGroup>> ListAsync(CancellationToken cancellationToken)
    {
        var groups = new List<ListeningGroup>();
        foreach (var row in await catalogue.Store.Queries.ListAsync("release", "", MaxGroups, cancellationToken))
        {
            var release = MusicCatalogue.Read<Release>(row);
            var tracks = await catalogue.ChildrenAsync<Track>(release.Id, cancellationToken);
            var recordings = await catalogue.FindAllAsync<Recording>(tracks.Select(track => track.RecordingId), cancellationToken);
            var items = new List<ListeningItem>();
            foreach (var track in tracks)
            {
                if (recordings.TryGetValue(track.RecordingId, out var recording)) Add(items, track.Id, recording.Content, track.Titles.Count > 0 ? track.Titles : recording.Titles, First(recording.DisplayArtists), await RenditionsAsync(track.Id, recording.Id, cancellationToken));
            }

            if (items.Count > 0) groups.Add(new ListeningGroup(release.Id, "release", First(release.Titles) ?? release.Id, First(release.DisplayArtists), null, items));
        }

        foreach (var row in await catalogue.Store.Queries.ListAsync("show", "", MaxGroups, cancellationToken))
        {
            var show = MusicCatalogue.Read<Show>(row);
            var items = new List<ListeningItem>();
            foreach (var episode in await catalogue.ChildrenAsync<Episode>(show.Id, cancellationToken))
                Add(items, episode.Id, episode.Content, episode.Titles, First(show.Titles), await RenditionsAsync(episode.Id, episode.Id, cancellationToken));
            if (items.Count > 0) groups.Add(new ListeningGroup(show.Id, "show", First(show.Titles) ?? show.Id, show.Author, show.Description, items));
        }

        return groups;
    }

    private static void Add(List<ListeningItem> items, string id, string content, IReadOnlyList<LocalText> titles, string? artist, IReadOnlyList<ListeningRendition> renditions)
    {
        if (renditions.Count > 0) items.Add(new ListeningItem(id, content, First(titles) ?? id, titles.Skip(1).FirstOrDefault()?.Value, artist, renditions));
    }

    private async Task<IReadOnlyList<ListeningRendition>> RenditionsAsync(string id, string owner, CancellationToken cancellationToken) =>
    [
        .. (await catalogue.ChildrenAsync<Rendition>(owner, cancellationToken)).Select(music.Open).OfType<PackagedRendition>().Select(each => new ListeningRendition(
            each.Rendition.Id, QualityNames.Of(each.Rendition.Quality), each.Rendition.Codec, each.KeyId?.ToHex(), $"/music/{id}/media/{each.FileName}", each.Index.InitLength,
            [.. each.Index.Segments.Select(segment => (IReadOnlyList<long>)[segment.Offset, segment.Length])], each.Seconds, each.Rendition.PrimingSamples, each.Rendition.SampleRate, each.Rendition.Loudness)),
    ];

    private static string? First(IReadOnlyList<LocalText> texts) => texts.Count > 0 ? texts[0].Value : null;
}
