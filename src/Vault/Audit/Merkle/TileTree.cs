using System.Numerics;

namespace DrmHub.Vault.Audit.Merkle;

/// <summary>Roots and proofs of a tree whose hashes are read from tiles, each tile at most once.</summary>
internal sealed class TileTree
{
    private readonly Func<int, long, Task<byte[]?>> _read;
    private readonly Dictionary<(int, long), byte[]> _tiles = [];

    /// <summary>Over tiles by level and index; null stands for a missing one. A tile may hold more hashes than the tree's size implies.</summary>
    public TileTree(Func<int, long, Task<byte[]?>> read) => _read = read;

    /// <exception cref="AuditFormatException">A tile is missing or too short.</exception>
    public async Task<byte[]> RootAsync(long size) => size == 0 ? MerkleHash.Empty : await RangeRootAsync(0, size).ConfigureAwait(false);

    public Task<List<byte[]>> InclusionAsync(long index, long size) => RootsAsync(MerkleProof.InclusionRanges(index, size));

    public Task<List<byte[]>> ConsistencyAsync(long firstSize, long secondSize) => RootsAsync(MerkleProof.ConsistencyRanges(firstSize, secondSize));

    /// <summary>Root of entries [start, end), where start is a multiple of the largest power of two below the width, as in all proofs.</summary>
    private async Task<byte[]> RangeRootAsync(long start, long end)
    {
        var subtrees = new List<byte[]>();
        for (var at = start; at < end;)
        {
            var height = BitOperations.Log2((ulong)(end - at));
            if (at != 0) height = Math.Min(height, BitOperations.TrailingZeroCount(at));
            subtrees.Add(await NodeAsync(height, at >> height).ConfigureAwait(false));
            at += 1L << height;
        }

        var root = subtrees[^1];
        for (var i = subtrees.Count - 2; i >= 0; i--) root = MerkleHash.Node(subtrees[i], root);
        return root;
    }

    /// <summary>A node that covers 2^height entries (C2SP tlog-tiles: its hashes lie side by side in one tile).</summary>
    private async Task<byte[]> NodeAsync(int height, long index)
    {
        var level = height / 8;
        var width = 1 << (height % 8);
        var position = index * width;
        var tile = await TileAsync(level, position / TreeEdge.TileWidth).ConfigureAwait(false);
        var offset = (int)(position % TreeEdge.TileWidth) * MerkleHash.Size;
        if (tile.Length < offset + width * MerkleHash.Size) throw new AuditFormatException($"Tile {level}/{position / TreeEdge.TileWidth} is too short.");
        return MerkleHash.Fold(tile.AsSpan(offset, width * MerkleHash.Size));
    }

    private async ValueTask<byte[]> TileAsync(int level, long index)
    {
        if (_tiles.TryGetValue((level, index), out var tile)) return tile;
        tile = await _read(level, index).ConfigureAwait(false) ?? throw new AuditFormatException($"Tile {level}/{index} is missing.");
        return _tiles[(level, index)] = tile;
    }

    private async Task<List<byte[]>> RootsAsync(List<(long Start, long End)> ranges)
    {
        var roots = new List<byte[]>(ranges.Count);
        foreach (var (start, end) in ranges) roots.Add(await RangeRootAsync(start, end).ConfigureAwait(false));
        return roots;
    }
}
