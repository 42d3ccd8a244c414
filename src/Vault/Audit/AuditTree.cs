using System.Globalization;
using System.Text;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Tiles;

namespace DrmHub.Vault.Audit;

/// <summary>What the log shows to the world: its head, its tiles, and proofs. Everything ends at the published head.</summary>
public sealed class AuditTree
{
    private readonly TileStore _tiles;
    private readonly CheckpointTable _checkpoints;

    internal AuditTree(NoteKey key, TileStore tiles, CheckpointTable checkpoints)
    {
        Key = key;
        _tiles = tiles;
        _checkpoints = checkpoints;
    }

    /// <summary>The key that checks the heads; hand it out by a way that does not run through this server.</summary>
    public NoteKey Key { get; }

    /// <summary>The newest published head with its signatures; null before the first.</summary>
    public async Task<(Checkpoint Head, SignedNote Note)?> HeadAsync()
    {
        if (await _checkpoints.NewestPublishedAsync().ConfigureAwait(false) is not { } stored) return null;
        return (new Checkpoint(Key.Name, stored.Size, stored.Root), stored.ToNote());
    }

    /// <summary>A tile or bundle; null where the published head does not reach it, or the entries were retired.</summary>
    public async Task<byte[]?> TileAsync(TilePath path)
    {
        if (await HeadAsync().ConfigureAwait(false) is not { } head || path.HashLevel > 7) return null;
        var hashes = head.Head.Size >> (8 * path.HashLevel);
        if (path.Index > hashes / TreeEdge.TileWidth || path.Index * TreeEdge.TileWidth + path.Width > hashes) return null;
        if (path.Level is null) return await _tiles.BundleAsync(path.Index, path.Width).ConfigureAwait(false);
        var tile = await _tiles.ReadAsync(path.HashLevel, path.Index).ConfigureAwait(false);
        return tile is null || tile.Length < path.Width * MerkleHash.Size ? null : tile[..(path.Width * MerkleHash.Size)];
    }

    /// <summary>A tile or bundle as it is stored now, past all caches; null where it is missing.</summary>
    internal async Task<byte[]?> StoredTileAsync(TilePath path)
    {
        if (path.Level is null) return await _tiles.BundleAsync(path.Index, path.Width).ConfigureAwait(false);
        var tile = await _tiles.ReadStoredAsync(path.HashLevel, path.Index).ConfigureAwait(false);
        return tile is null || tile.Length < path.Width * MerkleHash.Size ? null : tile[..(path.Width * MerkleHash.Size)];
    }

    /// <summary>Proof that an entry is in the tree of that size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is not below the size.</exception>
    public async Task<IReadOnlyList<byte[]>> InclusionAsync(long index, long size) => await new TileTree(_tiles.ReadAsync, _tiles.ReadAllAsync).InclusionAsync(index, size).ConfigureAwait(false);

    /// <summary>An entry's way to the newest published head, walked here as an outsider would; null where that head does not reach it yet.</summary>
    public async Task<AuditInclusion?> ProveAsync(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (await HeadAsync().ConfigureAwait(false) is not { } head || record.Index >= head.Head.Size) return null;
        var hash = MerkleHash.Leaf(record.Leaf.Span);
        var hashes = await InclusionAsync(record.Index, head.Head.Size).ConfigureAwait(false);
        return new AuditInclusion(record.Index, head.Head.Size, hash, hashes, head.Head.Root, MerkleProof.VerifyInclusion(record.Index, head.Head.Size, hash, hashes, head.Head.Root));
    }

    /// <summary>Proof that the first tree is the beginning of the second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The first size is not positive or above the second.</exception>
    public async Task<IReadOnlyList<byte[]>> ConsistencyAsync(long firstSize, long secondSize) => await new TileTree(_tiles.ReadAsync, _tiles.ReadAllAsync).ConsistencyAsync(firstSize, secondSize).ConfigureAwait(false);

    /// <summary>An entry's proof as one file that needs nothing but the log's key (C2SP tlog-proof); null where the published head does not reach it.</summary>
    public async Task<string?> ProofFileAsync(long index)
    {
        if (await HeadAsync().ConfigureAwait(false) is not { } head || index < 0 || index >= head.Head.Size) return null;
        var text = new StringBuilder("c2sp.org/tlog-proof@v1\n").Append(CultureInfo.InvariantCulture, $"index {index}\n");
        foreach (var hash in await InclusionAsync(index, head.Head.Size).ConfigureAwait(false)) text.Append(Convert.ToBase64String(hash)).Append('\n');
        return text.Append('\n').Append(head.Note).ToString();
    }
}

/// <summary>An inclusion proof and what came of checking it.</summary>
/// <param name="LeafHash">Hash of the entry, 32 bytes.</param>
/// <param name="Hashes">From the entry up.</param>
/// <param name="Root">Of the head.</param>
/// <param name="Holds">Whether the hashes lead from the entry to the root.</param>
public sealed record AuditInclusion(long Index, long Size, byte[] LeafHash, IReadOnlyList<byte[]> Hashes, byte[] Root, bool Holds);
