using System.Data.Common;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Catalogue;

/// <summary>
/// The catalogue's rows. A change is one transaction: versions, identifiers and links are checked inside it, so that two nodes
/// cannot both be right. What the documents mean is not known here.
/// </summary>
public sealed class CatalogueStore(Database database, TimeProvider time)
{
    /// <summary>Items in one change.</summary>
    public const int MaxItems = 200_000;

    /// <summary>Questions about what is stored.</summary>
    public CatalogueQueries Queries { get; } = new(database);

    /// <returns>The versions of what was written, in the order of <see cref="CatalogueChange.Writes"/>.</returns>
    /// <exception cref="CatalogueConflictException">The change does not fit; nothing of it was made.</exception>
    public async Task<IReadOnlyList<long>> CommitAsync(CatalogueChange change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(change.Writes.Count + change.Removals.Count, MaxItems);
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        var versions = await CommitAsync(transaction, change, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return versions;
    }

    /// <summary>Inside a transaction of the caller's, which the caller commits.</summary>
    internal async Task<IReadOnlyList<long>> CommitAsync(DbTransaction transaction, CatalogueChange change, CancellationToken cancellationToken)
    {
        if (change.Writes.DistinctBy(write => write.Id, StringComparer.Ordinal).Count() != change.Writes.Count) throw new ArgumentException("An item stands twice in a change.", nameof(change));
        var number = await CatalogueTable.NextNumberAsync(transaction, cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var heads = await CatalogueTable.ReadHeadsAsync(transaction, change.Writes.Select(write => write.Id).Concat(change.Removals.Select(removal => removal.Id)), cancellationToken).ConfigureAwait(false);

        // Names of everything that changes go first: identifiers may move between the items of one change.
        if (heads.Count > 0) await CatalogueTable.ForgetNamesAsync(transaction, heads.Keys, cancellationToken).ConfigureAwait(false);
        var versions = change.Writes.Select(write => NextVersion(heads.GetValueOrDefault(write.Id), write.Id, write.Kind, write.ExpectedVersion)).ToArray();
        if (versions.Length > 0)
        {
            await CatalogueBatch.PutAsync(transaction, change.Writes, versions, number, now, cancellationToken).ConfigureAwait(false);
            await CatalogueBatch.IdentifyAsync(transaction, change.Writes, cancellationToken).ConfigureAwait(false);
            await CatalogueBatch.LinkAsync(transaction, change.Writes, cancellationToken).ConfigureAwait(false);
        }

        foreach (var removal in change.Removals)
        {
            if (heads.GetValueOrDefault(removal.Id) is not { Removed: 0 } head) continue;
            var version = NextVersion(head, removal.Id, removal.Kind, removal.ExpectedVersion);
            await CatalogueTable.RemoveAsync(transaction, removal.Id, version, number, now, cancellationToken).ConfigureAwait(false);
        }

        await CheckUsesAsync(transaction, change, cancellationToken).ConfigureAwait(false);
        return versions;
    }

    /// <summary>At the end, so that the order of items within a change does not matter.</summary>
    private static async Task CheckUsesAsync(DbTransaction transaction, CatalogueChange change, CancellationToken cancellationToken)
    {
        var named = change.Writes.SelectMany(write => write.Parent is { } parent ? write.Links.Append(parent) : write.Links);
        var targets = await CatalogueTable.ReadHeadsAsync(transaction, named, cancellationToken).ConfigureAwait(false);
        foreach (var write in change.Writes)
        {
            foreach (var target in write.Parent is { } parent ? write.Links.Append(parent) : write.Links)
            {
                if (targets.GetValueOrDefault(target) is not { Removed: 0 })
                    throw new CatalogueConflictException(CatalogueConflict.Reference, write.Id, $"{write.Id} names {target}, which does not exist.");
            }
        }

        foreach (var removal in change.Removals)
        {
            if (await CatalogueTable.FindUserAsync(transaction, removal.Id, cancellationToken).ConfigureAwait(false) is { } user)
                throw new CatalogueConflictException(CatalogueConflict.InUse, removal.Id, $"{removal.Id} is named by {user}.");
        }
    }

    private static long NextVersion(CatalogueRow? head, string id, string kind, long? expected)
    {
        var version = head is { Removed: 0 } ? head.Version : 0;
        if (head is { Removed: 0 } && head.Kind != kind) throw new CatalogueConflictException(CatalogueConflict.Kind, id, $"{id} is a {head.Kind}, not a {kind}.");
        if (expected is { } seen && seen != version)
            throw new CatalogueConflictException(CatalogueConflict.Version, id, version == 0 ? $"{id} does not exist." : $"{id} is at version {version}.");
        return (head?.Version ?? 0) + 1;
    }
}
