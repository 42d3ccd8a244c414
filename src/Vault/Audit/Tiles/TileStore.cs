using System.Collections.Concurrent;
using System.Buffers.Binary;
using Dapper;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit.Tiles;

/// <summary>
/// Reads hashes and entries as they are stored. Full tiles never change, so they are kept in memory: reading the tree must not
/// compete with writing licences.
/// </summary>
internal sealed class TileStore(Database database)
{
    private const int MaxCached = 2048; // 16 MiB of hashes

    private readonly ConcurrentDictionary<(int Level, long Index), byte[]> _full = new();

    /// <summary>The hashes of a tile as far as it has come; null where there are none.</summary>
    public async Task<byte[]?> ReadAsync(int level, long index)
    {
        if (_full.TryGetValue((level, index), out var tile)) return tile;
        await using var connection = await database.OpenConnectionAsync().ConfigureAwait(false);
        tile = await connection.QuerySingleOrDefaultAsync<byte[]?>(
            "select hashes from audit_tile where level = @level and idx = @index", new { level = (long)level, index }).ConfigureAwait(false);
        if (tile is not null) Remember((level, index), tile);
        return tile;
    }

    /// <summary>Those of these tiles that there are, in one round trip to PostgreSQL.</summary>
    public async Task<IReadOnlyDictionary<(int Level, long Index), byte[]>> ReadAllAsync(IReadOnlyList<(int Level, long Index)> wanted)
    {
        var found = new Dictionary<(int, long), byte[]>();
        var missing = new List<(int Level, long Index)>();
        foreach (var tile in wanted)
        {
            if (_full.TryGetValue(tile, out var hashes)) found[tile] = hashes;
            else missing.Add(tile);
        }

        if (missing.Count == 0 || !database.IsPostgreSql) return found; // SQLite answers one by one as fast.
        await using var connection = await database.OpenConnectionAsync().ConfigureAwait(false);
        var rows = await connection.QueryAsync<TileRow>(
            "select tile.level as Level, tile.idx as Idx, tile.hashes as Hashes from unnest(@levels, @indexes) as wanted (level, idx) join audit_tile tile on tile.level = wanted.level and tile.idx = wanted.idx",
            new { levels = missing.ConvertAll(tile => (long)tile.Level).ToArray(), indexes = missing.ConvertAll(tile => tile.Index).ToArray() }).ConfigureAwait(false);
        foreach (var row in rows)
        {
            found[((int)row.Level, row.Idx)] = row.Hashes;
            Remember(((int)row.Level, row.Idx), row.Hashes);
        }

        return found;
    }

    /// <summary>Past the cache, for checks of what is really stored.</summary>
    public async Task<byte[]?> ReadStoredAsync(int level, long index)
    {
        _full.TryRemove((level, index), out _);
        return await ReadAsync(level, index).ConfigureAwait(false);
    }

    /// <summary>Leaves in order from <paramref name="first"/>; stops at the first one that is not there.</summary>
    public async IAsyncEnumerable<byte[]> LeavesAsync(long first, long end)
    {
        await using var connection = await database.OpenConnectionAsync().ConfigureAwait(false);
        var expected = first;
        var rows = connection.QueryUnbufferedAsync<LeafRow>("select idx as Idx, leaf as Leaf from audit_entry where idx >= @first and idx < @end order by idx", new { first, end });
        await foreach (var row in rows.ConfigureAwait(false))
        {
            if (row.Idx != expected++) yield break;
            yield return row.Leaf;
        }
    }

    /// <summary>An entry bundle (C2SP tlog-tiles): 16-bit length and bytes for each entry; null where an entry is not held any more.</summary>
    public async Task<byte[]?> BundleAsync(long index, int width)
    {
        var first = index * TreeEdge.TileWidth;
        var bundle = new MemoryStream();
        var length = new byte[2];
        var entries = 0;
        await foreach (var leaf in LeavesAsync(first, first + width).ConfigureAwait(false))
        {
            BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)leaf.Length));
            bundle.Write(length);
            bundle.Write(leaf);
            entries++;
        }

        return entries == width ? bundle.ToArray() : null;
    }

    private void Remember((int Level, long Index) tile, byte[] hashes)
    {
        if (hashes.Length != TreeEdge.TileWidth * MerkleHash.Size) return;
        if (_full.Count >= MaxCached) _full.Clear();
        _full[tile] = hashes;
    }

    private sealed record TileRow
    {
        public long Level { get; init; }

        public long Idx { get; init; }

        public byte[] Hashes { get; init; } = [];
    }

    private sealed record LeafRow
    {
        public long Idx { get; init; }

        public byte[] Leaf { get; init; } = [];
    }
}
