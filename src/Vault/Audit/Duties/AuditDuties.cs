using System.Globalization;
using Dapper;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>What an operator owes to persons and to courts: erasure, retention, legal holds. Each act is an entry itself.</summary>
public sealed class AuditDuties
{
    private readonly Database _database;
    private readonly AuditLog _log;
    private readonly SubjectKeys _subjects;
    private readonly TimeProvider _time;

    internal AuditDuties(Database database, AuditLog log, SubjectKeys subjects, TimeProvider time)
    {
        _database = database;
        _log = log;
        _subjects = subjects;
        _time = time;
    }

    /// <summary>
    /// Destroys the subscriber's key and the sealed details: they are unreadable from now on, the pseudonym means nothing, and
    /// every proof still verifies. Copies in backups and database logs live until those are gone.
    /// </summary>
    /// <returns>False where the log holds no key of this subscriber.</returns>
    /// <exception cref="LegalHoldException">A hold stands in the way.</exception>
    public async Task<bool> EraseAsync(string subject, string actor, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        var owner = "subject:" + subject;
        await ThrowIfHeldAsync(_subjects.Handle(owner), cancellationToken).ConfigureAwait(false);
        if (await _subjects.FindAsync(owner, cancellationToken).ConfigureAwait(false) is not { } key) return false;

        // The act is logged before it is done: after a crash in between it is known and can be repeated.
        await _log.AppendAsync(
            new AuditEntry { Kind = AuditKind.Erasure, Actor = actor, Details = new Dictionary<string, string> { ["pseudonym"] = Convert.ToHexStringLower(key.Pseudonym) } },
            cancellationToken).ConfigureAwait(false);
        await _log.CatchUpAsync(cancellationToken).ConfigureAwait(false);
        await using (var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_database.IsPostgreSql) await connection.ExecuteAsync("pragma secure_delete=on").ConfigureAwait(false);
            await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync("delete from audit_subject where handle = @handle", new { handle = _subjects.Handle(owner) }, transaction).ConfigureAwait(false);
            await connection.ExecuteAsync("update audit_entry set personal = null where subject = @pseudonym", new { pseudonym = key.Pseudonym }, transaction).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(_database.IsPostgreSql ? "vacuum audit_subject" : "pragma wal_checkpoint(truncate)").ConfigureAwait(false);
        }

        _subjects.Forget(owner);
        return true;
    }

    /// <summary>The sealed details of an entry as JSON; null where there are none or their key is gone.</summary>
    public async Task<string?> OpenPersonalAsync(long index, string owner, CancellationToken cancellationToken = default)
    {
        if (await _subjects.FindAsync(owner, cancellationToken).ConfigureAwait(false) is not { } key) return null;
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QuerySingleOrDefaultAsync<SealedRow>("select leaf as Leaf, personal as Personal from audit_entry where idx = @index", new { index }).ConfigureAwait(false);
        if (row?.Personal is null) return null;
        var record = LeafReader.Read(index, row.Leaf);
        if (record.PersonalCommitment is null) return null;
        var plaintext = PersonalSeal.Open(key.EntryKey(Convert.FromHexString(record.Id)), Convert.FromHexString(record.PersonalCommitment), row.Personal, Leaf.WithoutPersonal(row.Leaf));
        return plaintext is null ? null : System.Text.Encoding.UTF8.GetString(plaintext);
    }

    /// <summary>From now on nothing of this subscriber (or, without one, nothing at all) is erased, and nothing is retired.</summary>
    public async Task PlaceHoldAsync(string name, string reason, string? subject, string actor, CancellationToken cancellationToken = default)
    {
        await using (var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false))
        {
            await connection.ExecuteAsync(
                "insert into audit_hold (name, handle, reason, placed_at) values (@name, @handle, @reason, @at)",
                new { name, handle = subject is null ? null : _subjects.Handle("subject:" + subject), reason, at = _time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        }

        await LogAsync("hold.placed", name, reason, actor, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>False where there is no such hold.</returns>
    public async Task<bool> ReleaseHoldAsync(string name, string reason, string actor, CancellationToken cancellationToken = default)
    {
        await using (var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await connection.ExecuteAsync("delete from audit_hold where name = @name", new { name }).ConfigureAwait(false) == 0) return false;
        }

        await LogAsync("hold.released", name, reason, actor, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Moves the entries of all months before this one into a folder, where they verify with the head of today, and out of the
    /// database. Their hashes stay: every proof goes on working.
    /// </summary>
    /// <returns>The lowest index that the database still holds.</returns>
    /// <exception cref="LegalHoldException">A hold stands in the way.</exception>
    public async Task<long> RetireAsync(int year, int month, string folder, string actor, CancellationToken cancellationToken = default)
    {
        await ThrowIfHeldAsync(null, cancellationToken).ConfigureAwait(false);
        var first = year * 100L + month;
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var minimum = await connection.ExecuteScalarAsync<long?>("select min(idx) from audit_entry where month >= @first", new { first }).ConfigureAwait(false)
            ?? throw new InvalidOperationException("The present month cannot be retired.");
        if (await _log.Tree.HeadAsync().ConfigureAwait(false) is not { } head || head.Head.Size < minimum) throw new InvalidOperationException("The published head does not reach that month yet.");
        var months = (await connection.QueryAsync<long>("select distinct month from audit_entry where month < @first", new { first }).ConfigureAwait(false)).ToList();
        if (months.Count == 0) return minimum;

        // Files first, and read back: only what can be checked elsewhere leaves the database.
        await _log.Export.WriteFolderAsync(folder, cancellationToken).ConfigureAwait(false);
        using (var source = Verify.LogSource.Folder(folder))
        {
            var verdict = await Verify.AuditVerifier.VerifyAsync(source, _log.Tree.Key, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (!verdict.IsSound) throw new AuditFormatException("What was written does not verify: " + verdict.Message);
        }

        await LogAsync("months.retired", first.ToString(CultureInfo.InvariantCulture), minimum.ToString(CultureInfo.InvariantCulture), actor, cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync("update audit_tree set minimum_idx = @minimum where id = 1 and minimum_idx < @minimum", new { minimum }, transaction).ConfigureAwait(false);
        if (_database.IsPostgreSql)
        {
            foreach (var old in months) await connection.ExecuteAsync("drop table " + EntryTable.PartitionName(old), transaction: transaction).ConfigureAwait(false);
            await connection.ExecuteAsync("delete from audit_month where month < @first", new { first }, transaction).ConfigureAwait(false);
        }
        else
        {
            await connection.ExecuteAsync("delete from audit_entry where month < @first", new { first }, transaction).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return minimum;
    }

    private async Task ThrowIfHeldAsync(byte[]? handle, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var hold = handle is null
            ? await connection.QueryFirstOrDefaultAsync<string>("select name from audit_hold").ConfigureAwait(false)
            : await connection.QueryFirstOrDefaultAsync<string>("select name from audit_hold where handle is null or handle = @handle", new { handle }).ConfigureAwait(false);
        if (hold is not null) throw new LegalHoldException($"The legal hold '{hold}' stands in the way.");
    }

    private Task<long> LogAsync(string act, string what, string reason, string actor, CancellationToken cancellationToken) => _log.AppendAsync(
        new AuditEntry { Kind = AuditKind.Administration, Actor = actor, Details = new Dictionary<string, string> { ["act"] = act, ["what"] = what, ["reason"] = reason } }, cancellationToken);

    private sealed record SealedRow
    {
        public byte[] Leaf { get; init; } = [];

        public byte[]? Personal { get; init; }
    }
}
