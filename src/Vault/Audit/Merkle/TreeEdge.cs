namespace DrmHub.Vault.Audit.Merkle;

/// <summary>
/// The right edge of a growing tree: for each level of tiles the hashes of the tile that is not full yet. It is all that one
/// needs to append and to compute the root (C2SP tlog-tiles: a full tile's root is one hash of the level above).
/// </summary>
internal sealed class TreeEdge
{
    public const int TileWidth = 256;
    private const int MaxLevels = 8;

    private readonly List<List<byte[]>> _levels = [];
    private readonly Dictionary<(int Level, long Index), byte[]> _touched = [];

    public long Size { get; private set; }

    /// <summary>Rebuilds the edge of a stored tree from its tiles, by level and index; null stands for a missing one.</summary>
    /// <exception cref="AuditFormatException">A tile is missing or too short.</exception>
    public static async Task<TreeEdge> LoadAsync(long size, Func<int, long, Task<byte[]?>> read)
    {
        var edge = new TreeEdge { Size = size };
        for (var level = 0; size >> (8 * level) > 0 && level < MaxLevels; level++)
        {
            var hashes = new List<byte[]>(TileWidth);
            var count = size >> (8 * level);
            var width = (int)(count % TileWidth);
            if (width > 0)
            {
                var tile = await read(level, count / TileWidth).ConfigureAwait(false);
                if (tile is null || tile.Length < width * MerkleHash.Size) throw new AuditFormatException($"Tile {level}/{count / TileWidth} holds fewer than {width} hashes.");
                for (var i = 0; i < width; i++) hashes.Add(tile.AsSpan(i * MerkleHash.Size, MerkleHash.Size).ToArray());
            }

            edge._levels.Add(hashes);
        }

        return edge;
    }

    public void Append(byte[] leafHash)
    {
        Add(0, leafHash, Size);
        Size++;
    }

    /// <summary>The tiles that changed since the last call, each with all its hashes.</summary>
    public Dictionary<(int Level, long Index), byte[]> TakeTouched()
    {
        for (var level = 0; level < _levels.Count; level++)
        {
            if (_levels[level].Count > 0)
                _touched[(level, (Size >> (8 * level)) / TileWidth)] = Join(_levels[level]);
        }

        var touched = new Dictionary<(int, long), byte[]>(_touched);
        _touched.Clear();
        return touched;
    }

    public byte[] Root()
    {
        byte[]? root = null;
        foreach (var hashes in _levels)
        {
            // The perfect subtrees inside this tile, smallest (rightmost) first.
            var end = hashes.Count;
            while (end > 0)
            {
                var width = end & -end;
                var subtree = MerkleHash.Fold(Join(hashes.GetRange(end - width, width)));
                root = root is null ? subtree : MerkleHash.Node(subtree, root);
                end -= width;
            }
        }

        return root ?? MerkleHash.Empty;
    }

    private void Add(int level, byte[] hash, long position)
    {
        if (level == _levels.Count) _levels.Add(new List<byte[]>(TileWidth));
        var hashes = _levels[level];
        hashes.Add(hash);
        if (hashes.Count < TileWidth) return;
        var tile = Join(hashes);
        _touched[(level, position / TileWidth)] = tile;
        hashes.Clear();
        Add(level + 1, MerkleHash.Fold(tile), position / TileWidth);
    }

    private static byte[] Join(List<byte[]> hashes)
    {
        var tile = new byte[hashes.Count * MerkleHash.Size];
        for (var i = 0; i < hashes.Count; i++) hashes[i].CopyTo(tile, i * MerkleHash.Size);
        return tile;
    }
}
