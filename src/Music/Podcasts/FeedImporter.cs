using System.Globalization;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Podcasts;

/// <summary>What came of a feed.</summary>
/// <param name="ShowId">The show in the catalogue.</param>
/// <param name="Added">Episodes that were not there.</param>
/// <param name="Updated">Episodes that were there, by their guid.</param>
/// <param name="Problems">Items that were left out, with their lines.</param>
public sealed record FeedOutcome(string ShowId, int Added, int Updated, IReadOnlyList<string> Problems);

/// <summary>
/// Takes an existing feed in. Episodes are known by their guids, so the same feed again changes nothing but what it says anew; what was added
/// here (premium, own media, content ids) stays.
/// </summary>
public sealed class FeedImporter(MusicCatalogue catalogue, TimeProvider time)
{
    /// <param name="rss">The feed.</param>
    /// <param name="showId">The show that it becomes; null finds it by its podcast:guid, or makes a new one.</param>
    /// <param name="source">Where it came from, if the feed does not say so itself; its podcast:guid follows from that where the feed has none.</param>
    /// <param name="evenIfLocked">The owner allows what <c>podcast:locked</c> forbids.</param>
    /// <exception cref="MusicException"><c>feed.invalid</c>, <c>feed.locked</c>.</exception>
    public async Task<FeedOutcome> ImportAsync(Stream rss, string? showId, string? source, bool evenIfLocked, MusicActor actor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rss);
        if (source is not null && !WebAddress.IsHttp(source)) throw new MusicException("feed.invalid", "source is an http or https address.");
        if (showId is not null && !ItemCheck.IsId(showId)) throw new MusicException("feed.invalid", "The show's id is 1 to 64 letters, digits, dots, underscores or hyphens.");
        var (feed, items, problems) = FeedReader.Read(await BufferAsync(rss, cancellationToken));
        if (feed.Locked && !evenIfLocked) throw new MusicException("feed.locked", "The feed says podcast:locked, so its owner does not want it imported. Say that you are its owner (?locked=true, or --even-if-locked).");
        source ??= feed.ImportedFrom;
        var guid = feed.Guid ?? (source is null ? null : FeedWriter.GuidOfAddress(source).ToString());
        var known = showId is not null ? await catalogue.FindAsync<Show>(showId, cancellationToken) : guid is null ? null : await catalogue.FindOneByAsync<Show>("guid", guid, "", cancellationToken);
        var id = known?.Id ?? showId ?? CatalogueKind.Of<Show>().NewId();
        var show = feed with { Id = id, Guid = known?.Guid ?? guid, Private = known?.Private ?? false, Licensor = known?.Licensor, ImportedFrom = source ?? known?.ImportedFrom, Locked = true };
        var episodes = new List<CatalogueItem> { show };
        var updated = 0;
        foreach (var item in items)
        {
            var before = known is null ? null : await catalogue.FindOneByAsync<Episode>("guid", item.Guid!, id, cancellationToken);
            updated += before is null ? 0 : 1;
            episodes.Add(item with
            {
                Id = before?.Id ?? CatalogueKind.Of<Episode>().NewId(),
                ShowId = id,
                Published = item.Published ?? before?.Published ?? time.GetUtcNow(),
                Premium = before?.Premium ?? false,
                Media = before?.Media?.File is null ? item.Media : before.Media,
                ContentId = before?.ContentId,
                Licensor = before?.Licensor,
            });
        }

        await catalogue.PutAllAsync(episodes, "podcast.import", actor, cancellationToken);
        return new FeedOutcome(id, items.Count - updated, updated, problems);
    }

    private static async Task<MemoryStream> BufferAsync(Stream rss, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await rss.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > FeedReader.MaxBytes) throw new MusicException("feed.invalid", string.Create(CultureInfo.InvariantCulture, $"A feed has at most {FeedReader.MaxBytes} bytes."));
            buffer.Write(chunk, 0, read);
        }

        buffer.Position = 0;
        return buffer;
    }
}
