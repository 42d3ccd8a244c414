using System.Diagnostics;
using System.Security.Cryptography;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Tiles;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The append-only log of what was granted, refused and changed. <see cref="AppendAsync"/> returns when the entry is durable;
/// integration into the tree and the index follows within <see cref="AuditOptions.IntegrateInterval"/>.
/// </summary>
public sealed class AuditLog : IAsyncDisposable
{
    /// <summary>Name of the activity source whose spans cover the wait for a durable entry.</summary>
    public const string ActivityName = "DrmHub.Audit";

    private static readonly ActivitySource s_activities = new(ActivityName);

    /// <summary>Entries that <see cref="AppendAllAsync"/> takes at once.</summary>
    public const int MaxEntries = 1024;

    private readonly Database _database;
    private readonly AuditOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SubjectKeys _subjects;
    private readonly IJournal _journal;
    private readonly Committer _committer;
    private readonly LogKeeper _keeper;
    private readonly EntryQueries _queries;
    private readonly EntryCounts _counts;
    private readonly NoteSigner _noteSigner;
    private readonly CheckpointTable _checkpoints;
    private readonly CheckpointSigner _signer;
    private readonly CheckpointPublisher _publisher;
    private readonly WebhookSender _webhooks;
    private readonly AuditTail _tail;
    private readonly AuditMetrics _metrics;
    private readonly AuditHealth _health = new();
    private readonly BatchWriter<Draft[]> _sealer;
    private readonly BatchWriter<Draft[]> _writer;
    private long _lastIndex = -1;
    private int _disposed;

    private AuditLog(Database database, AuditOptions options, TimeProvider time, ILogger logger)
    {
        _database = database;
        _options = options;
        _time = time;
        _logger = logger;
        _subjects = new SubjectKeys(database, options.PseudonymKey, time);
        _journal = database.IsPostgreSql ? new PostgreSqlJournal(database, time, TimeoutSeconds(options)) : new SqliteJournal(database, time);
        _committer = new Committer(_journal, _subjects, options, _health, time, logger);
        _queries = new EntryQueries(database, _subjects);
        _counts = new EntryCounts(database, _queries);
        _noteSigner = new NoteSigner(options.Origin, options.LogKeySeed);
        var tiles = new TileStore(database);
        var checkpoints = _checkpoints = new CheckpointTable(database);
        Tree = new AuditTree(_noteSigner.Public, tiles, checkpoints);
        Export = new AuditExport(Tree);
        _publisher = new CheckpointPublisher(checkpoints, tiles, options, _health, logger);
        _signer = new CheckpointSigner(
            database, tiles, checkpoints, _noteSigner, new SignerGuard(options.SignerFile, _noteSigner.Public), _publisher, _health, time);
        _tail = new AuditTail(database);
        _webhooks = new WebhookSender(database, _tail, options.Webhooks, time, logger);
        _keeper = new LogKeeper(database, _journal, _signer, _webhooks, options, _health, time, logger);
        Duties = new AuditDuties(database, this, _subjects, time);
        _metrics = new AuditMetrics(time, () => SpooledBytes, () => Stopped is not null, () => Math.Max(0, Volatile.Read(ref _lastIndex) + 1 - _signer.LastSize));
        _sealer = new BatchWriter<Draft[]>(_committer.SealAsync, weigh: static drafts => drafts.Length);
        _writer = new BatchWriter<Draft[]>(_committer.CommitAsync, weigh: static drafts => drafts.Length);
    }

    /// <summary>Heads, tiles and proofs.</summary>
    public AuditTree Tree { get; }

    /// <summary>The whole log as files.</summary>
    public AuditExport Export { get; }

    /// <summary>Erasure, retention, legal holds.</summary>
    public AuditDuties Duties { get; }

    /// <summary>Bytes of entries that are durable on this node's disk only, because the database is away.</summary>
    public long SpooledBytes => _committer.SpooledBytes;

    /// <summary>Why the log takes no entries any more; null while it does. A health check shows it.</summary>
    public string? Stopped => _health.Stopped;

    /// <exception cref="ArgumentException">An option is out of range; the message names all that are.</exception>
    /// <exception cref="AuditFormatException">SQLite's journal file and the database beside it do not fit; the message says what to do.</exception>
    public static async Task<AuditLog> OpenAsync(
        Database database, AuditOptions options, TimeProvider time, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        await EntryTable.EnsureAsync(database, cancellationToken).ConfigureAwait(false);
        logger ??= NullLogger.Instance;
        if (!database.IsPostgreSql) await JournalAdoption.AdoptAsync(database, logger, cancellationToken).ConfigureAwait(false);
        var log = new AuditLog(database, options, time, logger);
        await log._signer.CheckAsync(cancellationToken).ConfigureAwait(false);
        if (log.Stopped is { } reason) Log.Stopped(log._logger, reason);
        if (options.Integrate) log._keeper.Start();
        return log;
    }

    /// <summary>Completes when the entry is durable. Cancelling stops the wait, not the write.</summary>
    /// <returns>The entry's index in the log, or -1 where it is durable but has no index yet.</returns>
    /// <exception cref="AuditUnavailableException">The entry could not be made durable: nothing may be granted.</exception>
    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return AppendCoreAsync([entry], cancellationToken);
    }

    /// <summary>
    /// Completes when all entries are durable, which they become in one commit: all of them or none, one after the other in the log. For an answer
    /// that has several entries: a licence for the titles of an album, a change of many rights.
    /// </summary>
    /// <param name="entries">At most <see cref="MaxEntries"/>; where there is none, nothing is written.</param>
    /// <returns>The index of the first, or -1 where they are durable but have no index yet, or there are none.</returns>
    /// <exception cref="AuditUnavailableException">They could not be made durable: nothing may be granted.</exception>
    public Task<long> AppendAllAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (entries.Count > MaxEntries) throw new ArgumentException($"One commit takes at most {MaxEntries} entries.", nameof(entries));
        return entries.Count == 0 ? Task.FromResult(-1L) : AppendCoreAsync(entries, cancellationToken);
    }

    /// <summary>Newest first. Waits for entries that were durable when it was called, up to <see cref="AuditOptions.QueryPatience"/>.</summary>
    /// <exception cref="ArgumentException">Limit, cursor or pseudonym are not well formed.</exception>
    public async Task<AuditPage> QueryAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (durable, complete) = await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        var (entries, next) = await _queries.ReadAsync(query, cancellationToken).ConfigureAwait(false);
        return new AuditPage(entries, next, complete, durable);
    }

    /// <summary>How many entries the filters find, by the values of a column, most first; limit and cursor do not apply.</summary>
    /// <exception cref="ArgumentException">The query is not well formed.</exception>
    public async Task<IReadOnlyList<AuditCount>> CountAsync(AuditQuery query, AuditColumn by, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return await _counts.ByAsync(query, by, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How many subscribers the entries that the filters find are about.</summary>
    /// <exception cref="ArgumentException">The query is not well formed.</exception>
    public Task<long> CountSubjectsAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _counts.SubjectsAsync(query, cancellationToken);
    }

    /// <summary>How many entries the filters find in each step of time from <see cref="AuditQuery.From"/> on, by kind; steps without any are left out.</summary>
    /// <exception cref="ArgumentException">The query is not well formed, or names no beginning.</exception>
    public async Task<IReadOnlyList<AuditTimeCount>> CountOverTimeAsync(AuditQuery query, TimeSpan step, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return await _counts.OverTimeAsync(query, step, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where the log stands now.</summary>
    public async Task<AuditState> ReadStateAsync(CancellationToken cancellationToken = default)
    {
        var newest = await _checkpoints.NewestPublishedAsync().ConfigureAwait(false);
        var durable = await _journal.NextIndexAsync(cancellationToken).ConfigureAwait(false);
        return new AuditState(
            newest?.Size ?? 0,
            newest is null ? null : Convert.ToBase64String(newest.Root),
            newest is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(newest.SignedAt),
            durable,
            SpooledBytes,
            Stopped,
            Tree.Key.ToString(),
            AuditWitness.Read(newest?.ToNote(), _options.Witnesses));
    }

    /// <summary>One entry; null where there is none of that index in the database.</summary>
    public async Task<AuditRecord?> FindAsync(long index, CancellationToken cancellationToken = default)
    {
        var found = await _tail.ReadAsync(index, 1, cancellationToken).ConfigureAwait(false);
        return found.Count == 1 && found[0].Index == index ? found[0] : null;
    }

    /// <summary>The pseudonym of a subscriber, 32 hex digits; null where the log has no entry of this one, or it was erased.</summary>
    public async Task<string?> FindPseudonymAsync(string subject, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        return await _subjects.FindAsync("subject:" + subject, cancellationToken).ConfigureAwait(false) is { } key ? Convert.ToHexStringLower(key.Pseudonym) : null;
    }

    /// <summary>Index and leaf of everything that the filters find, newest first, without pages and one row in memory at a time.</summary>
    public async IAsyncEnumerable<(long Index, byte[] Leaf)> StreamAsync(AuditQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var row in _queries.StreamAsync(query, inOrder: true, cancellationToken).ConfigureAwait(false)) yield return row;
    }

    /// <summary>As <see cref="StreamAsync"/>, in no order.</summary>
    internal async IAsyncEnumerable<(long Index, byte[] Leaf)> StreamUnorderedAsync(AuditQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var row in _queries.StreamAsync(query, inOrder: false, cancellationToken).ConfigureAwait(false)) yield return row;
    }

    /// <summary>What <see cref="StreamAsync"/> gives, read.</summary>
    public async IAsyncEnumerable<AuditRecord> ReadAsync(AuditQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var (index, leaf) in StreamAsync(query, cancellationToken).ConfigureAwait(false)) yield return LeafReader.Read(index, leaf);
    }

    /// <summary>The pseudonyms, in hex, of those of these subscribers that the log knows and that were not erased.</summary>
    /// <param name="subjects">At most a few thousand.</param>
    public Task<Dictionary<string, string>> FindPseudonymsAsync(IReadOnlyList<string> subjects, CancellationToken cancellationToken = default) =>
        _subjects.FindPseudonymsAsync(subjects, cancellationToken);

    /// <summary>Writes everything that the filters find, newest first, as NDJSON or CSV.</summary>
    public async Task WriteAsync(AuditQuery query, bool asCsv, Stream destination, CancellationToken cancellationToken = default)
    {
        var output = System.IO.Pipelines.PipeWriter.Create(destination, new System.IO.Pipelines.StreamPipeWriterOptions(leaveOpen: true));
        await AuditJson.WriteAllAsync(StreamAsync(query, cancellationToken), asCsv, output, cancellationToken).ConfigureAwait(false);
        await output.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Entries in the order of the log, from an index on, at most <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<AuditRecord>> ReadFromAsync(long index, int limit, CancellationToken cancellationToken = default) =>
        await _tail.ReadAsync(index, limit, cancellationToken).ConfigureAwait(false);

    /// <summary>The grants (and renewals) of a title in a territory and a time range, newest first, in pages.</summary>
    /// <exception cref="ArgumentException">The query is not well formed.</exception>
    public async Task<AuditLicensed> LicensedAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var page = await QueryAsync(query with { Kind = null, Kinds = AuditLicensed.Grants }, cancellationToken).ConfigureAwait(false);
        var head = await Tree.HeadAsync().ConfigureAwait(false);
        return new AuditLicensed(page.Entries, page.Next, page.Complete, head?.Note.ToString());
    }

    private async Task<long> AppendCoreAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        _health.ThrowIfStopped();
        var at = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var drafts = DraftsOf(entries, at);
        var started = _metrics.Start();
        using var activity = s_activities.StartActivity("audit append");
        try
        {
            if (!_database.IsPostgreSql && Array.Exists(drafts, draft => draft.Encoded is null)) await _sealer.WriteAsync(drafts, cancellationToken).ConfigureAwait(false);
            await _writer.WriteAsync(drafts, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _metrics.Failed(drafts.Length);
            throw exception as AuditUnavailableException ?? new AuditUnavailableException("The audit log cannot be written.", exception);
        }

        foreach (var draft in drafts) _metrics.Durable(draft.Entry, started);
        if (drafts[^1].Index > _lastIndex) Volatile.Write(ref _lastIndex, drafts[^1].Index);
        return drafts[0].Index;
    }

    private Draft[] DraftsOf(IReadOnlyList<AuditEntry> entries, long at) => ManyCores.Map(entries, entry => DraftOf(entry, at));

    private Draft DraftOf(AuditEntry entry, long at)
    {
        var owner = SubjectKeys.OwnerOf(entry, at);
        var draft = new Draft(entry, new Stamp(RandomNumberGenerator.GetBytes(16), at, _options.Node), owner);
        if (owner is null) draft.Encode(null);
        else if (_subjects.Cached(owner) is { } key) draft.Encode(key);
        return draft;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _sealer.DisposeAsync().ConfigureAwait(false);
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _committer.DisposeAsync().ConfigureAwait(false);
        await _keeper.DisposeAsync().ConfigureAwait(false);
        await _journal.DisposeAsync().ConfigureAwait(false);
        _noteSigner.Dispose();
        _publisher.Dispose();
        _webhooks.Dispose();
        _metrics.Dispose();
    }

    /// <inheritdoc cref="LogKeeper.CatchUpAsync"/>
    internal Task<(long Durable, long Complete)> CatchUpAsync(CancellationToken cancellationToken) => _keeper.CatchUpAsync(cancellationToken);

    private static int TimeoutSeconds(AuditOptions options) => (int)Math.Ceiling(options.CommitTimeout.TotalSeconds);
}
