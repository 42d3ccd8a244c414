using System.Data.Common;
using Dapper;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Tiles;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Signs the tree as it is stored: before a head is signed, the entries since the last one are read back and hashed again, and
/// the last signed heads (in the database and in this node's file) must be its beginnings.
/// </summary>
internal sealed class CheckpointSigner(
    Database database, TileStore tiles, CheckpointTable checkpoints, NoteSigner signer, SignerGuard guard, CheckpointPublisher publisher, AuditHealth health, TimeProvider time)
{
    /// <summary>The advisory lock of the node that signs. Not the integrator's: witnesses may be slow.</summary>
    private const long AdvisoryLock = 0x44_52_4D_53_49_47;

    private long _thinned;

    /// <summary>Size of the newest head that this node knows to be published.</summary>
    public long LastSize { get; private set; }

    /// <summary>Signs and publishes the present tree unless that is done or another node is at it.</summary>
    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (health.Stopped is not null) return;
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var newest = await checkpoints.NewestAsync().ConfigureAwait(false);
        var tree = await ReadTreeAsync(connection).ConfigureAwait(false);
        if (newest is { Published: 1 }) LastSize = newest.Size;
        if (newest is not null && newest.Size == tree.Size && newest.Published == 1) return;
        await using var transaction = database.IsPostgreSql ? await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false) : null;
        if (transaction is not null && !await connection.ExecuteScalarAsync<bool>($"select pg_try_advisory_xact_lock({AdvisoryLock})", transaction: transaction).ConfigureAwait(false)) return;

        // In this order: the tree only grows, so one that is read later is never behind a head that was read before.
        newest = await checkpoints.NewestAsync().ConfigureAwait(false);
        tree = await ReadTreeAsync(connection).ConfigureAwait(false);
        if (newest is null || newest.Size != tree.Size)
        {
            if (!await CheckAsync(tree, newest).ConfigureAwait(false)) return;
            newest = await SignAsync(tree).ConfigureAwait(false);
        }

        if (newest.Published == 0) await publisher.PublishAsync(newest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>At start: what was signed here must be a beginning of what the database holds.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var newest = await checkpoints.NewestAsync().ConfigureAwait(false);
        var tree = await ReadTreeAsync(connection).ConfigureAwait(false);
        await FitsAsync(tree, guard.Read(), "this node's signer file").ConfigureAwait(false);
        if (newest is not null)
            await FitsAsync(tree, new Checkpoint("", newest.Size, newest.Root), "the table of checkpoints").ConfigureAwait(false);
    }

    private async Task<bool> CheckAsync(TreeRow tree, StoredCheckpoint? newest)
    {
        var signed = guard.Read();
        if (!await FitsAsync(tree, signed, "this node's signer file").ConfigureAwait(false)) return false;
        if (newest is not null && !await FitsAsync(tree, new Checkpoint("", newest.Size, newest.Root), "the table of checkpoints").ConfigureAwait(false)) return false;
        return await ReadBackAsync(tree, newest?.Size ?? 0).ConfigureAwait(false);
    }

    private async Task<bool> FitsAsync(TreeRow tree, Checkpoint? signed, string source)
    {
        if (signed is null || signed.Size == 0) return true;
        if (signed.Size > tree.Size)
        {
            health.Stop($"The audit log has {tree.Size} entries, but {source} says that {signed.Size} were signed: the database is older than its log.");
            return false;
        }

        var root = await new TileTree(tiles.ReadStoredAsync).RootAsync(signed.Size).ConfigureAwait(false);
        if (root.AsSpan().SequenceEqual(signed.Root)) return true;
        health.Stop($"The first {signed.Size} entries of the audit log are not those that were signed, says {source}.");
        return false;
    }

    private async Task<bool> ReadBackAsync(TreeRow tree, long from)
    {
        var edge = await TreeEdge.LoadAsync(from, tiles.ReadStoredAsync).ConfigureAwait(false);
        await foreach (var leaf in tiles.LeavesAsync(from, tree.Size).ConfigureAwait(false)) edge.Append(MerkleHash.Leaf(leaf));
        var tiled = await new TileTree(tiles.ReadStoredAsync).RootAsync(tree.Size).ConfigureAwait(false);
        if (edge.Size == tree.Size && edge.Root().AsSpan().SequenceEqual(tiled) && tiled.AsSpan().SequenceEqual(tree.Root ?? MerkleHash.Empty)) return true;
        health.Stop($"The entries from {from} to {tree.Size} of the audit log do not give the root that was computed when they were stored.");
        return false;
    }

    private async Task<StoredCheckpoint> SignAsync(TreeRow tree)
    {
        var text = new Checkpoint(signer.Public.Name, tree.Size, tree.Root ?? MerkleHash.Empty).ToText();
        var note = SignedNote.Create(text, signer.Sign(text));
        // First this node's memory of it, then the world: a crash in between repeats the same signature.
        guard.Write(note);
        await checkpoints.InsertAsync(new StoredCheckpoint { Size = tree.Size, Root = tree.Root ?? MerkleHash.Empty, Note = note.ToString() }, time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false);
        var hour = time.GetUtcNow().ToUnixTimeMilliseconds() / 3_600_000;
        if (hour != _thinned) await checkpoints.ThinAsync(time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false);
        _thinned = hour;
        return (await checkpoints.NewestAsync().ConfigureAwait(false))!;
    }

    private static Task<TreeRow> ReadTreeAsync(DbConnection connection) => connection.QuerySingleAsync<TreeRow>("select size as Size, root as Root from audit_tree where id = 1");

    private sealed record TreeRow
    {
        public long Size { get; init; }

        public byte[]? Root { get; init; }
    }
}
