using System.Data.Common;
using System.Security.Cryptography;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Makes batches durable: in the database, or in the spool while the database is away. A batch keeps its writer and number on
/// both ways, so that one whose commit was in doubt and which then went to the spool is taken once.
/// </summary>
internal sealed class Committer : IAsyncDisposable
{
    private const int ReplayGroup = 2048;

    // New records keep coming; when no more than this many bytes are left, callers wait until they are replayed.
    private const int CatchUp = 256 * 1024;

    private readonly IJournal _journal;
    private readonly SubjectKeys _subjects;
    private readonly AuditOptions _options;
    private readonly AuditHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Spool? _spool;
    private readonly byte[] _writerId = RandomNumberGenerator.GetBytes(16);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SemaphoreSlim _spooled = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _replaying;
    private long _batch;

    public Committer(IJournal journal, SubjectKeys subjects, AuditOptions options, AuditHealth health, TimeProvider time, ILogger logger)
    {
        _journal = journal;
        _subjects = subjects;
        _options = options;
        _health = health;
        _time = time;
        _logger = logger;
        _spool = options.SpoolFile is null ? null : new Spool(options.SpoolFile, options.PseudonymKey, options.MaxSpoolBytes);
        _replaying = _spool is null ? Task.CompletedTask : Task.Run(ReplayAsync);
    }

    /// <summary>Bytes that wait in the spool.</summary>
    public long SpooledBytes => _spool is null ? 0 : _spool.Length - Spool.Start;

    /// <summary>Commits everything that is handed in at once, in its order, as one batch.</summary>
    public async Task CommitAsync(IReadOnlyList<Draft[]> groups, CancellationToken cancellationToken)
    {
        var drafts = Flatten(groups);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var batch = ++_batch;
            if (_spool is null || _spool.IsEmpty)
            {
                try
                {
                    await ToDatabaseAsync(_writerId, new Batches(batch, batch), drafts).ConfigureAwait(false);
                    return;
                }
                catch (Exception exception) when (_spool is not null && IsAway(exception))
                {
                    Log.DatabaseAway(_logger, exception);
                }
            }

            _spool.Append(new SpoolRecord(_writerId, batch, [.. drafts.Select(draft => new SpoolEntry(draft.Stamp.Id, draft.Stamp.At, draft.Stamp.Node, draft.Entry))]));
            WakeReplay();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Seals entries whose subscriber's key is not at hand, before they are committed: on SQLite a new key is written into the database, for which
    /// other entries need not wait. Where the database is away and there is a spool, they stay as they are.
    /// </summary>
    public async Task SealAsync(IReadOnlyList<Draft[]> groups, CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = new CancellationTokenSource(_options.CommitTimeout, _time);
            await EncodeAsync(Flatten(groups), timeout.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (_spool is not null && IsAway(exception))
        {
            Log.DatabaseAway(_logger, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _replaying.ConfigureAwait(false);
        _spool?.Dispose();
        _stop.Dispose();
        _gate.Dispose();
        _spooled.Dispose();
    }

    private static List<Draft> Flatten(IReadOnlyList<Draft[]> groups)
    {
        var drafts = new List<Draft>(groups.Count);
        foreach (var group in groups) drafts.AddRange(group);
        return drafts;
    }

    private static bool IsAway(Exception exception) => exception is DbException or TimeoutException or IOException or OperationCanceledException or InvalidOperationException;

    private async Task<bool> ToDatabaseAsync(byte[] writer, Batches batches, List<Draft> drafts)
    {
        using var timeout = new CancellationTokenSource(_options.CommitTimeout, _time);
        await EncodeAsync(drafts, timeout.Token).ConfigureAwait(false);
        var first = await _journal.AppendAsync(writer, batches, drafts.Count, JournalPayload.Write(drafts), timeout.Token).ConfigureAwait(false);
        for (var i = 0; i < drafts.Count && first >= 0; i++) drafts[i].Index = first + i;
        return first >= 0;
    }

    private async Task EncodeAsync(IReadOnlyList<Draft> drafts, CancellationToken cancellationToken)
    {
        foreach (var draft in drafts.Where(draft => draft.Encoded is null && draft.Owner is null)) draft.Encode(null);
        var sealing = drafts.Where(draft => draft.Encoded is null).ToList();
        var owners = sealing.Select(draft => draft.Owner!).Distinct(StringComparer.Ordinal).ToList();
        if (owners.Count == 0) return;
        var keys = await _subjects.GetOrCreateAsync(owners, (int)Math.Ceiling(_options.CommitTimeout.TotalSeconds), cancellationToken).ConfigureAwait(false);
        ManyCores.Each(sealing, draft => draft.Encode(keys[draft.Owner!]));
    }

    private async Task ReplayAsync()
    {
        var pause = TimeSpan.FromMilliseconds(50);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (_spool!.IsEmpty) await _spooled.WaitAsync(_stop.Token).ConfigureAwait(false);
                await ReplayOnceAsync().ConfigureAwait(false);
                pause = TimeSpan.FromMilliseconds(50);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (AuditFormatException exception)
            {
                _health.Stop(exception.Message);
                return;
            }
            catch (Exception exception)
            {
                Log.ReplayFailed(_logger, exception);
                try
                {
                    await Task.Delay(pause, _stop.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                pause = pause < TimeSpan.FromSeconds(1) ? pause * 2 : pause;
            }
        }
    }

    private async Task ReplayOnceAsync()
    {
        var offset = Spool.Start;
        if (_spool!.IsEmpty) return;

        // At least one group goes before the gate is taken, so that callers never wait for a database that is still away.
        do offset = await ReplayGroupAsync(offset).ConfigureAwait(false);
        while (_spool.Length - offset > CatchUp);

        // The rest, and the switch back, while no batch is on its way.
        await _gate.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            while (offset < _spool.Length) offset = await ReplayGroupAsync(offset).ConfigureAwait(false);
            if (!_spool.IsEmpty)
            {
                _spool.Clear();
                Log.SpoolReplayed(_logger);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Commits many records at once, since new ones come in meanwhile. Those that the database has already are left out first; if
    /// a commit that was in doubt turns up only then, nothing of the group is taken and it is looked at again.
    /// </summary>
    private async Task<long> ReplayGroupAsync(long offset)
    {
        _stop.Token.ThrowIfCancellationRequested();
        var (record, next) = _spool!.Read(offset);
        using var timeout = new CancellationTokenSource(_options.CommitTimeout, _time);
        var taken = await _journal.LastBatchAsync(record.Writer, timeout.Token).ConfigureAwait(false);
        var drafts = new List<Draft>();
        var batches = new Batches(long.MaxValue, 0);
        while (true)
        {
            if (record.Batch > taken)
            {
                batches = new Batches(Math.Min(batches.First, record.Batch), record.Batch);
                drafts.AddRange(record.Entries.Select(entry => new Draft(entry.Entry, new Stamp(entry.Id, entry.At, entry.Node), SubjectKeys.OwnerOf(entry.Entry, entry.At))));
            }

            if (next >= _spool.Length || drafts.Count >= ReplayGroup) break;
            var (following, after) = _spool.Read(next);
            if (!following.Writer.AsSpan().SequenceEqual(record.Writer)) break;
            (record, next) = (following, after);
        }

        return drafts.Count == 0 || await ToDatabaseAsync(record.Writer, batches, drafts).ConfigureAwait(false) ? next : offset;
    }

    private void WakeReplay()
    {
        if (_spooled.CurrentCount == 0) _spooled.Release(); // Only ever called under the gate.
    }
}
