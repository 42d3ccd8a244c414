using System.Text;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>What came of a file, and whose it is.</summary>
/// <param name="IsNewOwner">The recording was made for this file.</param>
public sealed record IngestOutcome(string OwnerId, bool IsNewOwner, PackagingResult Result);

/// <summary>Finds whose a file is, and packages it for them.</summary>
public sealed class MusicIngest(MusicCatalogue catalogue, MusicPackager packager)
{
    private const int MaxTitle = 200;

    /// <param name="path">Of the file.</param>
    /// <param name="owner">A recording, track or episode; null: by the file's name.</param>
    /// <param name="toRequest">From path, owner and content id to what is to be made.</param>
    /// <exception cref="PackagingException">Refused; no recording was made for it.</exception>
    public async Task<IngestOutcome> RunAsync(string path, string? owner, Func<string, string, string, PackagingRequest> toRequest, MusicActor actor, IProgress<PackagingProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(toRequest);
        if (owner is not null)
        {
            var (id, content) = await FindOwnerAsync(owner, cancellationToken) ?? throw new PackagingException("catalogue.unknown", $"There is no recording, track or episode {ItemCheck.Shorten(owner)}.");
            return new IngestOutcome(id, false, await packager.PackageAsync(toRequest(path, id, content), actor, null, progress, cancellationToken));
        }

        var stem = Path.GetFileNameWithoutExtension(path);
        if (await FindByNameAsync(stem, cancellationToken) is { } known)
            return new IngestOutcome(known.Id, false, await packager.PackageAsync(toRequest(path, known.Id, known.Content), actor, null, progress, cancellationToken));

        // Made only once the whole file has been read and found good. Tags of the file are not asked: who sent it wrote them.
        var fresh = new Recording { Id = IdFrom(stem), Titles = [new LocalText(TitleFrom(stem))] };
        if (await catalogue.FindAsync<Recording>(fresh.Id, cancellationToken) is { } same)
            return new IngestOutcome(same.Id, false, await packager.PackageAsync(toRequest(path, same.Id, same.Content), actor, null, progress, cancellationToken));
        var result = await packager.PackageAsync(toRequest(path, fresh.Id, fresh.Content), actor, () => catalogue.PutAsync(fresh, 0, actor, cancellationToken), progress, cancellationToken);
        return new IngestOutcome(fresh.Id, true, result);
    }

    /// <summary>Letters, digits, dots and hyphens of a name; whatever else is in it, a path too, is gone.</summary>
    internal static string IdFrom(string stem)
    {
        var id = new StringBuilder();
        foreach (var c in stem)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-') id.Append(c);
            else if (id.Length > 0 && id[^1] != '-') id.Append('-');
        }

        var text = id.ToString().Trim('-');
        return text.Length == 0 ? CatalogueKind.Of<Recording>().NewId() : text.Length <= 40 ? text : text[..40];
    }

    internal static string TitleFrom(string stem)
    {
        var text = new string([.. stem.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)).Take(MaxTitle)]).Trim();
        return text.Length == 0 ? "Untitled" : text;
    }

    private async Task<(string Id, string Content)?> FindByNameAsync(string stem, CancellationToken cancellationToken)
    {
        if (ItemCheck.IsId(stem) && await FindOwnerAsync(stem, cancellationToken) is { } owner) return owner;
        var isrc = stem.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        if (!MusicIds.IsIsrc(isrc)) return null;
        var found = await catalogue.FindByAsync<Recording>("isrc", isrc, null, cancellationToken);
        return found.Count switch
        {
            0 => null,
            1 => (found[0].Id, found[0].Content),
            _ => throw new PackagingException("catalogue.ambiguous", $"{found.Count} licensors have a recording {isrc}: say which with --for."),
        };
    }

    private async Task<(string Id, string Content)?> FindOwnerAsync(string id, CancellationToken cancellationToken)
    {
        if (await catalogue.FindAsync<Track>(id, cancellationToken) is { } track) id = track.RecordingId;
        if (await catalogue.FindAsync<Recording>(id, cancellationToken) is { } recording) return (recording.Id, recording.Content);
        return await catalogue.FindAsync<Episode>(id, cancellationToken) is { } episode ? (episode.Id, episode.Content) : null;
    }
}
