namespace DrmHub.Vault.Audit.Merkle;

/// <summary>
/// The right edge of a growing tree: for each level of tiles the hashes of the tile that is not full yet, and the roots of the perfect
/// subtrees in it. It is all that one needs to append and to compute the root (C2SP tlog-tiles: a full tile's root is one hash of the
/// level above); an append costs one node's hash, over many of them.
/// </summary>
internal sealed class TreeEdge
{
    public const int TileWidth = 256;
    private const int MaxLevels = 8;

    private readonly List<OpenTile> _levels = [];
    private readonly Dictionary<(int Level, long Index), byte[]> _touched = [];

    public long Size { get; private set; }

    /// <summary>Rebuilds the edge of a stored tree from its tiles, by level and index; null stands for a missing one.</summary>
    /// <exception cref="AuditFormatException">A tile is missing or too short.</exception>
    public static async Task<TreeEdge> LoadAsync(long size, Func<int, long, Task<byte[]?>> read)
    {
        var edge = new TreeEdge { Size = size };
        for (var level = 0; size >> (8 * level) > 0 && level < MaxLevels; level++)
        {
            var open = new OpenTile();
            var count = size >> (8 * level);
            var width = (int)(count % TileWidth);
            if (width > 0)
            {
                var tile = await read(level, count / TileWidth).ConfigureAwait(false);
                if (tile is null || tile.Length < width * MerkleHash.Size) throw new AuditFormatException($"Tile {level}/{count / TileWidth} holds fewer than {width} hashes.");
                for (var i = 0; i < width; i++) open.Add(tile.AsSpan(i * MerkleHash.Size, MerkleHash.Size).ToArray());
            }

            edge._levels.Add(open);
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
            if (_levels[level].Hashes.Count > 0)
                _touched[(level, (Size >> (8 * level)) / TileWidth)] = _levels[level].Join();
        }

        var touched = new Dictionary<(int, long), byte[]>(_touched);
        _touched.Clear();
        return touched;
    }

    public byte[] Root()
    {
        byte[]? root = null;
        foreach (var tile in _levels)
        {
            // Smallest (rightmost) first.
            for (var i = tile.Subtrees.Count - 1; i >= 0; i--)
            {
                var subtree = tile.Subtrees[i].Root;
                root = root is null ? subtree : MerkleHash.Node(subtree, root);
            }
        }

        return root ?? MerkleHash.Empty;
    }

    private void Add(int level, byte[] hash, long position)
    {
        if (level == _levels.Count) _levels.Add(new OpenTile());
        var tile = _levels[level];
        tile.Add(hash);
        if (tile.Hashes.Count < TileWidth) return;
        _touched[(level, position / TileWidth)] = tile.Join();
        var root = tile.Subtrees[0].Root;
        tile.Clear();
        Add(level + 1, root, position / TileWidth);
    }

    /// <summary>A tile that is not full: its hashes, and the perfect subtrees over them, each smaller than the one before.</summary>
    private sealed class OpenTile
    {
        public List<byte[]> Hashes { get; } = new(TileWidth);

        public List<(int Width, byte[] Root)> Subtrees { get; } = new(8);

        public void Add(byte[] hash)
        {
            Hashes.Add(hash);
            var subtree = (Width: 1, Root: hash);
            while (Subtrees.Count > 0 && Subtrees[^1].Width == subtree.Width)
            {
                subtree = (2 * subtree.Width, MerkleHash.Node(Subtrees[^1].Root, subtree.Root));
                Subtrees.RemoveAt(Subtrees.Count - 1);
            }

            Subtrees.Add(subtree);
        }

        public byte[] Join()
        {
            var tile = new byte[Hashes.Count * MerkleHash.Size];
            for (var i = 0; i < Hashes.Count; i++) Hashes[i].CopyTo(tile, i * MerkleHash.Size);
            return tile;
        }

        public void Clear()
        {
            Hashes.Clear();
            Subtrees.Clear();
        }
    }
}
