using System.Data.Common;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Keys.Entitlements;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.Vault.Keys;

/// <summary>
/// Rotates master and data keys beside running nodes. Every step is a short transaction that leaves each key openable, so a
/// rotation may be killed at any point and is resumed by starting it again; a key has the same answer throughout.
/// </summary>
public sealed class KeyRotation : IAsyncDisposable
{
    private const int BatchSize = 500;

    private readonly Database _database;
    private readonly IMasterKey _master;
    private readonly DataKeyring _ring;
    private readonly TimeProvider _time;
    private readonly SecretBox _secrets;
    private readonly EntitlementResealer _entitlements;

    private KeyRotation(Database database, IMasterKey master, DataKeyring ring, TimeProvider time)
    {
        _database = database;
        _master = master;
        _ring = ring;
        _time = time;
        _secrets = new SecretBox(database, ring, time);
        _entitlements = new EntitlementResealer(database, ring);
    }

    /// <exception cref="MasterKeyException">There are data keys and the master key opens none of them.</exception>
    public static async Task<KeyRotation> OpenAsync(
        Database database,
        IMasterKey master,
        KeyStoreOptions options,
        TimeProvider? time = null,
        ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        time ??= TimeProvider.System;
        var log = (ILogger?)loggers?.CreateLogger<KeyRotation>() ?? NullLogger.Instance;
        return new KeyRotation(database, master, await DataKeyring.OpenAsync(database, master, options.DataKeys, time, log, cancellationToken).ConfigureAwait(false), time);
    }

    /// <summary>Wraps every data key that is not under the current master key, or its current version, again under that.</summary>
    /// <returns>How many were wrapped again: 0 if there was nothing to do.</returns>
    /// <exception cref="MasterKeyException">The old or the new master key is out of reach; what was done stays done.</exception>
    public async Task<int> RotateMasterAsync(IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        var done = 0;
        var current = await _master.GetCurrentIdAsync(cancellationToken).ConfigureAwait(false);
        foreach (var row in (await DataKeyTable.ReadAllAsync(_database, cancellationToken).ConfigureAwait(false)).Where(row => row.Wrapped.MasterKeyId != current))
        {
            using var key = await DataKeyWrap.UnwrapAsync(_master, row, cancellationToken).ConfigureAwait(false);
            var wrapped = await DataKeyWrap.WrapAsync(_master, key, cancellationToken).ConfigureAwait(false);

            // What cannot be read back is not written: the old wrapping is the only other way to these keys.
            using (await DataKeyWrap.UnwrapAsync(_master, row with { Wrapped = wrapped }, cancellationToken).ConfigureAwait(false))
                await DataKeyTable.RewrapAsync(_database, row, wrapped, cancellationToken).ConfigureAwait(false);
            done++;
            progress?.Report(done);
        }

        return done;
    }

    /// <summary>
    /// Finishes a rotation of the data keys that was begun; if there is none, begins one: a new data key takes over, the others
    /// retire, their content keys are sealed again under the new one, and each that is empty is deleted.
    /// </summary>
    /// <returns>How many content keys were sealed again.</returns>
    /// <exception cref="KeyVaultException">A data key is out of reach, or a row was changed; what was done stays done.</exception>
    public async Task<long> RotateDataAsync(IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var rows = await DataKeyTable.ReadAllAsync(_database, cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0) return 0;
        if (rows.All(row => row.RetiredAt is null))
        {
            var successor = await _ring.CreateAsync(cancellationToken).ConfigureAwait(false);
            await DataKeyTable.RetireOthersAsync(_database, successor.Id, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            rows = await DataKeyTable.ReadAllAsync(_database, cancellationToken).ConfigureAwait(false);
        }

        var total = 0L;
        foreach (var retired in rows.Where(row => row.RetiredAt is not null))
        {
            var old = await _ring.GetAsync(retired.Id, cancellationToken).ConfigureAwait(false);
            var after = new byte[16];
            while (await ResealAsync(old, after, cancellationToken).ConfigureAwait(false) is { Count: > 0 } batch)
            {
                after = batch[^1].Info.KeyId.ToByteArray();
                total += batch.Count;
                progress?.Report(total);
            }

            await _entitlements.ResealAsync(old, cancellationToken).ConfigureAwait(false);
            await _secrets.ResealAsync(old, cancellationToken).ConfigureAwait(false);
            await DataKeyTable.DeleteEmptyAsync(_database, retired.Id, cancellationToken).ConfigureAwait(false);
        }

        await KeyNotices.SendAllAsync(_database, cancellationToken).ConfigureAwait(false);
        return total;
    }

    /// <summary>Every data key and where it stands.</summary>
    public async Task<KeyStatus> ReadStatusAsync(CancellationToken cancellationToken = default)
    {
        var current = await _master.GetCurrentIdAsync(cancellationToken).ConfigureAwait(false);
        var counts = await DataKeyTable.CountContentKeysAsync(_database, cancellationToken).ConfigureAwait(false);
        var keys = new List<DataKeyStatus>();
        foreach (var row in await DataKeyTable.ReadAllAsync(_database, cancellationToken).ConfigureAwait(false))
            keys.Add(new DataKeyStatus(row.Id, row.Wrapped.MasterKeyId, row.CreatedAt, counts.GetValueOrDefault(row.Id), row.RetiredAt, await OpensAsync(row.Id, cancellationToken).ConfigureAwait(false)));

        return new KeyStatus(current, keys);
    }

    public ValueTask DisposeAsync() => _ring.DisposeAsync();

    private async Task<bool> OpensAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            await _ring.GetAsync(id, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (KeyVaultException)
        {
            return false;
        }
    }

    /// <summary>Seals the next keys of an old data key again, in one transaction.</summary>
    private async Task<List<KeyRow>> ResealAsync(DataKey old, byte[] after, CancellationToken cancellationToken)
    {
        while (true)
        {
            var active = await _ring.GetActiveAsync(cancellationToken).ConfigureAwait(false);
            await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var rows = await KeyTable.ReadDataKeyAsync(connection, old.Id, after, BatchSize, cancellationToken).ConfigureAwait(false);
            if (rows.Count == 0) return rows;
            var resealed = rows.ConvertAll(row => Reseal(row, old, active));
            await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
            if (await KeyTable.CountAsync(transaction, active.Id, rows.Count, cancellationToken).ConfigureAwait(false) is { } count)
            {
                await KeyTable.ResealAsync(transaction, _database.IsPostgreSql, old.Id, resealed, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                _ring.ReportCount(active, count);
                return rows;
            }

            // Another rotation retired the key that this one seals under.
            _ring.ForgetActive(active);
        }
    }

    private static KeyRow Reseal(KeyRow row, DataKey old, DataKey active)
    {
        using var key = KeyEnvelope.Open(old, row);
        return row with { DataKeyId = active.Id, Sealed = KeyEnvelope.Seal(active, row.Info, key) };
    }
}
