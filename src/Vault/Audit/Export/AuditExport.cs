using System.Formats.Tar;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Tiles;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The whole log as files in the layout of C2SP tlog-tiles: <c>checkpoint</c>, <c>tile/L/N</c>, <c>tile/entries/N</c>. What anybody
/// needs to check it is in there, except the log's key, which has to come by another way.
/// </summary>
public sealed class AuditExport
{
    private readonly AuditTree _tree;

    internal AuditExport(AuditTree tree) => _tree = tree;

    /// <summary>Every file of the published head, the head first. Bundles of retired months are left out; their hashes stay.</summary>
    public async IAsyncEnumerable<(string Path, byte[] Content)> FilesAsync()
    {
        if (await _tree.HeadAsync().ConfigureAwait(false) is not { } head) yield break;
        yield return ("checkpoint", head.Note.ToBytes());
        for (var level = 0; head.Head.Size >> (8 * level) > 0 && level < 8; level++)
        {
            foreach (var path in PathsOf(level, head.Head.Size))
            {
                yield return ("tile/" + path, await _tree.StoredTileAsync(path).ConfigureAwait(false)
                    ?? throw new AuditFormatException($"The tile {path} is missing."));
            }
        }

        foreach (var path in PathsOf(null, head.Head.Size))
        {
            if (await _tree.StoredTileAsync(path).ConfigureAwait(false) is { } bundle) yield return ("tile/" + path, bundle);
        }
    }

    /// <summary>Writes the files as a tar archive.</summary>
    public async Task WriteTarAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        await using var tar = new TarWriter(destination, TarEntryFormat.Ustar, leaveOpen: true);
        await foreach (var (path, content) in FilesAsync().WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var entry = new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch };
            await tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the files under a folder, the head last: a folder without a head is an export that was cut off.</summary>
    public async Task WriteFolderAsync(string folder, CancellationToken cancellationToken = default)
    {
        (string Path, byte[] Content)? head = null;
        await foreach (var file in FilesAsync().WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (head is null)
            {
                head = file;
                continue;
            }

            var path = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, file.Content, cancellationToken).ConfigureAwait(false);
        }

        if (head is not { } last) throw new AuditFormatException("The log has no published head yet.");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, last.Path), last.Content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The full tiles of a level and its partial one.</summary>
    internal static IEnumerable<TilePath> PathsOf(int? level, long size)
    {
        var hashes = size >> (8 * (level ?? 0));
        for (long index = 0; index < hashes / TreeEdge.TileWidth; index++) yield return new TilePath(level, index, TreeEdge.TileWidth);
        if (hashes % TreeEdge.TileWidth > 0) yield return new TilePath(level, hashes / TreeEdge.TileWidth, (int)(hashes % TreeEdge.TileWidth));
    }
}
