using System.Numerics;

namespace DrmHub.Vault.Audit.Merkle;

/// <summary>Roots and proofs of a tree whose hashes are read from tiles, each tile at most once.</summary>
internal sealed class TileTree
{
    private readonly Func<int, long, Task<byte[]?>> _read;
    private readonly Func<IReadOnlyList<(int Level, long Index)>, Task<IReadOnlyDictionary<(int Level, long Index), byte[]>>>? _readAll;
    private readonly Dictionary<(int, long), byte[]> _tiles = [];

    /// <summary>Over tiles by level and index; null stands for a missing one. A tile may hold more hashes than the tree's size implies.</summary>
    /// <param name="readAll">Reads all tiles of a proof at once, where that is cheaper than one after the other; missing ones are left out.</param>
    public TileTree(Func<int, long, Task<byte[]?>> read, Func<IReadOnlyList<(int Level, long Index)>, Task<IReadOnlyDictionary<(int Level, long Index), byte[]>>>? readAll = null) =>
        (_read, _readAll) = (read, readAll);

    /// <exception cref="AuditFormatException">A tile is missing or too short.</exception>
    public async Task<byte[]> RootAsync(long size) => size == 0 ? MerkleHash.Empty : await RangeRootAsync(0, size).ConfigureAwait(false);

    public Task<List<byte[]>> InclusionAsync(long index, long size) => RootsAsync(MerkleProof.InclusionRanges(index, size));

    public Task<List<byte[]>> ConsistencyAsync(long firstSize, long secondSize) => RootsAsync(MerkleProof.ConsistencyRanges(firstSize, secondSize));

    /// <summary>Root of entries [start, end), where start is a multiple of the largest power of two below the width, as in all proofs.</summary>
    private async Task<byte[]> RangeRootAsync(long start, long end)
    {
        var subtrees = new List<byte[]>();
        foreach (var (height, index) in NodesOf(start, end)) subtrees.Add(await NodeAsync(height, index).ConfigureAwait(false));
        var root = subtrees[^1];
        for (var i = subtrees.Count - 2; i >= 0; i--) root = MerkleHash.Node(subtrees[i], root);
        return root;
    }

    /// <summary>The perfect subtrees that a range is made of, from the left.</summary>
    private static IEnumerable<(int Height, long Index)> NodesOf(long start, long end)
    {
        for (var at = start; at < end;)
        {
            var height = BitOperations.Log2((ulong)(end - at));
            if (at != 0) height = Math.Min(height, BitOperations.TrailingZeroCount(at));
            yield return (height, at >> height);
            at += 1L << height;
        }
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

    private static (int Level, long Index) TileOf(int height, long index) => (height / 8, (index << (height % 8)) / TreeEdge.TileWidth);

    private async ValueTask<byte[]> TileAsync(int level, long index)
    {
        if (_tiles.TryGetValue((level, index), out var tile)) return tile;
        tile = await _read(level, index).ConfigureAwait(false) ?? throw new AuditFormatException($"Tile {level}/{index} is missing.");
        return _tiles[(level, index)] = tile;
    }

    private async Task<List<byte[]>> RootsAsync(List<(long Start, long End)> ranges)
    {
        if (_readAll is not null)
        {
            var needed = ranges.SelectMany(range => NodesOf(range.Start, range.End)).Select(node => TileOf(node.Height, node.Index)).Distinct().Where(tile => !_tiles.ContainsKey(tile)).ToList();
            foreach (var (tile, hashes) in await _readAll(needed).ConfigureAwait(false)) _tiles[tile] = hashes;
        }

        var roots = new List<byte[]>(ranges.Count);
        foreach (var (start, end) in ranges) roots.Add(await RangeRootAsync(start, end).ConfigureAwait(false));
        return roots;
    }
}
