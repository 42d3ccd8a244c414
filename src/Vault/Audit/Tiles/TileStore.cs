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
        if (tile is { Length: TreeEdge.TileWidth * MerkleHash.Size })
        {
            if (_full.Count >= MaxCached) _full.Clear();
            _full[(level, index)] = tile;
        }

        return tile;
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

    private sealed record LeafRow
    {
        public long Idx { get; init; }

        public byte[] Leaf { get; init; } = [];
    }
}
