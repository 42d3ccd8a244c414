using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

/// <summary>What goes on behind the log while it is open: batches are integrated, heads are signed, files are kept short, and those who subscribed are told.</summary>
internal sealed class LogKeeper(
    Database database, IJournal journal, CheckpointSigner signer, WebhookSender webhooks, AuditOptions options, AuditHealth health, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan s_drainPatience = TimeSpan.FromSeconds(10);

    private readonly Integrator _integrator = new(database, journal, time);
    private readonly WriteAheadLog _writeAhead = new(database, time);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _working = Task.CompletedTask;

    public void Start() => _working = Task.Run(() => Task.WhenAll(IntegrateAsync(), TellAsync()), CancellationToken.None);

    /// <summary>Waits until what is durable now is in the index, up to the query patience.</summary>
    public async Task<(long Durable, long Complete)> CatchUpAsync(CancellationToken cancellationToken)
    {
        var durable = await journal.NextIndexAsync(cancellationToken).ConfigureAwait(false);
        return (durable, await WaitForAsync(durable, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Ends the work; the journal stays the caller's.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _working.ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
        await _integrator.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task<long> WaitForAsync(long durable, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var size = await TreeSizeAsync(cancellationToken).ConfigureAwait(false);
            if (size >= durable || time.GetElapsedTime(started) > options.QueryPatience) return size;
            Wake();
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<long> TreeSizeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var select = connection.CreateCommand();
        select.CommandText = "select size from audit_tree where id = 1";
        return (long)(await select.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private void Wake()
    {
        if (_wake.CurrentCount > 0) return;
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Two callers at once: awake it is.
        }
    }

    private async Task IntegrateAsync()
    {
        long signed = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(options.IntegrateInterval, _stop.Token).ConfigureAwait(false);
                while (await _integrator.RoundAsync(_stop.Token).ConfigureAwait(false) is { More: true }) await TendAsync(_stop.Token).ConfigureAwait(false);
                await TendAsync(_stop.Token).ConfigureAwait(false);
                if (signed == 0 || time.GetElapsedTime(signed) >= options.CheckpointInterval)
                {
                    await signer.RoundAsync(_stop.Token).ConfigureAwait(false);
                    if (health.Stopped is { } reason) Log.Stopped(logger, reason);
                    signed = time.GetTimestamp();
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.IntegrationFailed(logger, exception);
                await Task.Delay(options.IntegrateInterval, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task TendAsync(CancellationToken cancellationToken)
    {
        if (journal is SqliteJournal file) await file.TendAsync(cancellationToken).ConfigureAwait(false);
        await _writeAhead.TendAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Leaves an empty journal on SQLite, so that the database alone is the log once the program has ended. What other processes still append is theirs to
    /// integrate, and what is not done within the patience is done at the next start.
    /// </summary>
    private async Task DrainAsync()
    {
        if (!options.Integrate || journal is not SqliteJournal file) return;
        using var patience = new CancellationTokenSource(s_drainPatience, time);
        try
        {
            var end = await file.NextIndexAsync(patience.Token).ConfigureAwait(false);
            while (await TreeSizeAsync(patience.Token).ConfigureAwait(false) < end && await _integrator.RoundAsync(patience.Token).ConfigureAwait(false) is { More: true })
            {
            }

            await file.ForgetAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.IntegrationFailed(logger, exception);
        }
    }

    private async Task TellAsync()
    {
        if (options.Webhooks.Count == 0) return;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await webhooks.RoundAsync(_stop.Token).ConfigureAwait(false);
                await Task.Delay(options.IntegrateInterval, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.IntegrationFailed(logger, exception);
            }
        }
    }
}
