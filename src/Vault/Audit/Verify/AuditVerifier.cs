using System.Buffers.Binary;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Tiles;

namespace DrmHub.Vault.Audit.Verify;

/// <summary>
/// Checks a whole log from nothing but its key: the signature of the head, the hash tiles from the head downwards, then each
/// entry against its hash. The tiles are true once they fold to the signed root, so a deviation can be named.
/// </summary>
public sealed class AuditVerifier
{
    // How many entries are read ahead, to tell one that was added or moved from one that was changed.
    private const int Window = 1024;

    private readonly LogSource _source;
    private readonly NoteKey _key;
    private Checkpoint _head = new("", 0, []);

    private readonly Action<long, ReadOnlyMemory<byte>>? _read;

    private AuditVerifier(LogSource source, NoteKey key, Action<long, ReadOnlyMemory<byte>>? read)
    {
        _source = source;
        _key = key;
        _read = read;
    }

    /// <param name="known">A head that was seen before: the log must be a continuation of it.</param>
    /// <param name="read">Gets index and leaf of each entry that agrees with its hash, in order; what it made of them counts only where the verdict is sound.</param>
    public static async Task<AuditVerdict> VerifyAsync(
        LogSource source, NoteKey key, Checkpoint? known = null, Action<long, ReadOnlyMemory<byte>>? read = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(key);
        return await new AuditVerifier(source, key, read).RunAsync(known, cancellationToken).ConfigureAwait(false);
    }

    private async Task<AuditVerdict> RunAsync(Checkpoint? known, CancellationToken cancellationToken)
    {
        var note = await _source.ReadAsync("checkpoint", cancellationToken).ConfigureAwait(false);
        if (note is null || Checkpoint.Open(note, _key, out _) is not { } head)
            return new AuditVerdict(AuditFault.Head, null, 0, 0, $"There is no checkpoint that {_key.Name} signed.");
        _head = head;
        if (await CheckTilesAsync(cancellationToken).ConfigureAwait(false) is { } altered) return altered;
        if (known is not null && await CheckContinuesAsync(known, cancellationToken).ConfigureAwait(false) is { } fork) return fork;
        return await CheckEntriesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The partial tiles fold to the root; each full tile folds to its hash one level up.</summary>
    private async Task<AuditVerdict?> CheckTilesAsync(CancellationToken cancellationToken)
    {
        byte[] root;
        try
        {
            var edge = await TreeEdge.LoadAsync(_head.Size, async (level, index) =>
                await TileAsync(new TilePath(level, index, (int)((_head.Size >> (8 * level)) % TreeEdge.TileWidth)), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            root = edge.Root();
        }
        catch (AuditFormatException exception)
        {
            return new AuditVerdict(AuditFault.Hashes, null, _head.Size, 0, exception.Message);
        }

        if (!root.AsSpan().SequenceEqual(_head.Root)) return new AuditVerdict(AuditFault.Hashes, null, _head.Size, 0, "The tiles at the right edge do not fold to the signed root.");
        for (var level = 6; level >= 0; level--)
        {
            for (long index = 0; index < _head.Size >> (8 * (level + 1)); index++)
            {
                var tile = await TileAsync(new TilePath(level, index, TreeEdge.TileWidth), cancellationToken).ConfigureAwait(false);
                var above = await HashAsync(level + 1, index, cancellationToken).ConfigureAwait(false);
                if (tile is not null && above is not null && MerkleHash.Fold(tile).AsSpan().SequenceEqual(above)) continue;
                var first = index << (8 * (level + 1));
                return new AuditVerdict(AuditFault.Hashes, first, _head.Size, 0, $"The hashes of the entries from {first} to {(index + 1) << (8 * (level + 1))} are missing or were altered.");
            }
        }

        return null;
    }

    private async Task<AuditVerdict?> CheckContinuesAsync(Checkpoint known, CancellationToken cancellationToken)
    {
        if (known.Size == 0) return null;
        if (known.Size <= _head.Size)
        {
            var tree = new TileTree(async (level, index) => await WidestAsync(level, index, cancellationToken).ConfigureAwait(false));
            if ((await tree.RootAsync(known.Size).ConfigureAwait(false)).AsSpan().SequenceEqual(known.Root)) return null;
        }

        return new AuditVerdict(AuditFault.Fork, null, _head.Size, 0, $"The log of {_head.Size} entries does not continue the one of {known.Size} that was known before.");
    }

    private async Task<AuditVerdict> CheckEntriesAsync(CancellationToken cancellationToken)
    {
        long index = 0, compared = 0;
        var ahead = new Queue<byte[]>(); // hashes of entries that were read and not compared yet
        var leaves = new Queue<byte[]>(); // and, for a reader, the entries
        await foreach (var (start, leaf) in EntriesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (start > index + ahead.Count && ahead.Count == 0) index = start; // a retired stretch
            ahead.Enqueue(MerkleHash.Leaf(leaf));
            if (_read is not null) leaves.Enqueue(leaf);
            if (ahead.Count <= Window) continue;
            if (await DeviatesAsync(index, ahead, cancellationToken).ConfigureAwait(false) is { } verdict) return verdict with { Checked = compared };
            ahead.Dequeue();
            _read?.Invoke(index, leaves.Dequeue());
            index++;
            compared++;
        }

        while (ahead.Count > 0)
        {
            if (await DeviatesAsync(index, ahead, cancellationToken).ConfigureAwait(false) is { } verdict) return verdict with { Checked = compared };
            ahead.Dequeue();
            _read?.Invoke(index, leaves.Dequeue());
            index++;
            compared++;
        }

        if (index < _head.Size && compared > 0) return Fault(AuditFault.Removed, index) with { Checked = compared };
        return new AuditVerdict(AuditFault.None, null, _head.Size, compared, compared == _head.Size
            ? $"All {_head.Size} entries are as they were logged."
            : $"{compared} of {_head.Size} entries are here and as they were logged; of the others only the hashes are held.");
    }

    private async Task<AuditVerdict?> DeviatesAsync(long index, Queue<byte[]> ahead, CancellationToken cancellationToken)
    {
        var found = ahead.Peek();
        var expected = await HashAsync(0, index, cancellationToken).ConfigureAwait(false);
        if (expected is null) return Fault(AuditFault.Added, index);
        if (found.AsSpan().SequenceEqual(expected)) return null;

        var foundLater = ahead.Skip(1).Any(hash => hash.AsSpan().SequenceEqual(expected));
        var expectedLater = false;
        for (var i = index + 1; i < _head.Size && !expectedLater; i++)
        {
            var hash = await HashAsync(0, i, cancellationToken).ConfigureAwait(false);
            expectedLater = found.AsSpan().SequenceEqual(hash);
        }

        return Fault((expectedLater, foundLater) switch
        {
            (true, true) => AuditFault.Reordered,
            (true, false) => AuditFault.Removed,
            (false, true) => AuditFault.Added,
            (false, false) => AuditFault.Changed,
        }, index);
    }

    private AuditVerdict Fault(AuditFault fault, long index) => new(fault, index, _head.Size, 0, fault switch
    {
        AuditFault.Changed => $"Entry {index} was changed.",
        AuditFault.Removed => $"Entry {index} was removed.",
        AuditFault.Added => $"An entry was added at {index}.",
        _ => $"Entries were reordered from {index} on.",
    });

    /// <summary>Entries with the index that their bundle starts at; bundles that are missing from the front are a retired stretch.</summary>
    private async IAsyncEnumerable<(long Start, byte[] Leaf)> EntriesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isFirst = true;
        foreach (var path in AuditExport.PathsOf(null, _head.Size))
        {
            var bundle = await _source.ReadAsync("tile/" + path, cancellationToken).ConfigureAwait(false);
            if (bundle is null && isFirst) continue;
            isFirst = false;
            for (var rest = bundle.AsMemory(); rest.Length >= 2;)
            {
                var length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(rest.Span), rest.Length - 2);
                yield return (path.Index * TreeEdge.TileWidth, rest.Slice(2, length).ToArray());
                rest = rest[(2 + length)..];
            }
        }
    }

    private async Task<byte[]?> HashAsync(int level, long position, CancellationToken cancellationToken)
    {
        var tile = await WidestAsync(level, position / TreeEdge.TileWidth, cancellationToken).ConfigureAwait(false);
        var offset = (int)(position % TreeEdge.TileWidth) * MerkleHash.Size;
        return tile is null || tile.Length < offset + MerkleHash.Size ? null : tile[offset..(offset + MerkleHash.Size)];
    }

    private async Task<byte[]?> WidestAsync(int level, long index, CancellationToken cancellationToken)
    {
        var width = Math.Min(TreeEdge.TileWidth, (_head.Size >> (8 * level)) - index * TreeEdge.TileWidth);
        return width <= 0 ? null : await TileAsync(new TilePath(level, index, (int)width), cancellationToken).ConfigureAwait(false);
    }

    private readonly Dictionary<TilePath, byte[]?> _cache = [];

    private async ValueTask<byte[]?> TileAsync(TilePath path, CancellationToken cancellationToken)
    {
        if (_cache.TryGetValue(path, out var tile)) return tile;
        tile = await _source.ReadAsync("tile/" + path, cancellationToken).ConfigureAwait(false);
        if (tile is not null && tile.Length != path.Width * MerkleHash.Size) tile = null;
        if (_cache.Count > 4096) _cache.Clear();
        return _cache[path] = tile;
    }
}
