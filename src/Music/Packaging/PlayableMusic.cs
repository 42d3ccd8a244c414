using System.Collections.Concurrent;
using DrmHub.Cenc;
using DrmHub.Music.Catalogue;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Packaging;

/// <summary>What can be played of an id: a track stands for its recording.</summary>
/// <param name="OwnerId">The recording or episode.</param>
/// <param name="ContentId">Under which its keys are kept and deals name it.</param>
public sealed record Playable(string Id, string OwnerId, string ContentId, IReadOnlyList<Rendition> Renditions);

/// <summary>Finds renditions and their files.</summary>
public sealed class PlayableMusic(MusicCatalogue catalogue, IOptions<MusicOptions> options)
{
    private const int MaxIndexes = 10_000;

    private readonly MediaFolder? _media = options.Value.MediaFolder is { Length: > 0 } folder ? new MediaFolder(folder) : null;
    private readonly ConcurrentDictionary<(string Path, long Length, long Ticks), SegmentIndex> _indexes = new();

    /// <summary>Those of the ids that exist, in their order.</summary>
    public async Task<IReadOnlyList<Playable>> FindAllAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var found = new List<Playable>(ids.Count);
        var known = ids.Where(ItemCheck.IsId).Distinct(StringComparer.Ordinal).ToList();
        var tracks = await catalogue.FindAllAsync<Track>(known, cancellationToken);
        var owners = known.Select(id => tracks.TryGetValue(id, out var track) ? track.RecordingId : id).Distinct(StringComparer.Ordinal).ToList();
        var recordings = await catalogue.FindAllAsync<Recording>(owners, cancellationToken);
        var episodes = await catalogue.FindAllAsync<Episode>(owners.Where(owner => !recordings.ContainsKey(owner)), cancellationToken);
        foreach (var id in known)
        {
            var owner = tracks.TryGetValue(id, out var track) ? track.RecordingId : id;
            var content = recordings.TryGetValue(owner, out var recording) ? recording.Content : episodes.TryGetValue(owner, out var episode) ? episode.Content : null;
            if (content is not null) found.Add(new Playable(id, owner, content, await catalogue.ChildrenAsync<Rendition>(owner, cancellationToken)));
        }

        return found;
    }

    public async Task<Playable?> FindAsync(string id, CancellationToken cancellationToken) =>
        await FindAllAsync([id], cancellationToken) is [var playable, ..] ? playable : null;

    /// <summary>The path of a rendition's file; null where it is not here.</summary>
    internal string? PathOf(Rendition rendition) => _media?.Find(rendition.File);

    /// <summary>Null where the file is not here, or is none of the packager's.</summary>
    internal PackagedRendition? Open(Rendition rendition)
    {
        if (PathOf(rendition) is not { } path) return null;
        var info = new FileInfo(path);
        var name = (path, info.Length, info.LastWriteTimeUtc.Ticks);
        if (!_indexes.TryGetValue(name, out var index))
        {
            try
            {
                using var stream = info.OpenRead();
                index = SegmentIndex.Read(stream);
            }
            catch (Exception exception) when (exception is CencFormatException or IOException)
            {
                return null;
            }

            if (index.Segments.Count == 0) return null;
            if (_indexes.Count >= MaxIndexes) _indexes.Clear();
            _indexes[name] = index;
        }

        return new PackagedRendition(rendition, index, Path.GetFileName(path));
    }
}
