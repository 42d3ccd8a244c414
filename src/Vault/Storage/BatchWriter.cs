using System.Threading.Channels;

namespace DrmHub.Vault.Storage;

/// <summary>
/// Group commit: callers hand in rows and wait until theirs are durable; one loop commits what has gathered in one
/// transaction. Under load a batch is as large as the number of waiting callers.
/// </summary>
/// <typeparam name="TRow">One row, validated before it is handed in: a row that the database refuses fails its whole batch.</typeparam>
public sealed class BatchWriter<TRow> : IAsyncDisposable
{
    /// <summary>Turns that callers get to come back before the next commit.</summary>
    private const int Turns = 8;

    /// <summary>Rows of the last commit from which on its callers are waited for: where few wait, the next one goes at once.</summary>
    private const int Many = 16;

    private readonly Channel<(TRow Row, TaskCompletionSource Done)> _queue;
    private readonly Func<IReadOnlyList<TRow>, CancellationToken, Task> _commit;
    private readonly int _maxBatch;
    private readonly Func<TRow, int> _weigh;
    private readonly Task _loop;

    /// <param name="commit">Writes all rows in one transaction and returns when it is durable. Called by one loop, never twice at once.</param>
    /// <param name="capacity">Rows that may wait; one more is refused with <see cref="StorageException"/>.</param>
    /// <param name="maxBatch">The weight at which a transaction takes no more rows.</param>
    /// <param name="weigh">What a row weighs, where one stands for several; null for 1 each.</param>
    public BatchWriter(Func<IReadOnlyList<TRow>, CancellationToken, Task> commit, int capacity = 8192, int maxBatch = 1024, Func<TRow, int>? weigh = null)
    {
        _commit = commit;
        _weigh = weigh ?? (static _ => 1);
        _maxBatch = maxBatch;
        _queue = Channel.CreateBounded<(TRow, TaskCompletionSource)>(new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Completes when the row is durable. Cancelling stops the wait, not the write.</summary>
    /// <exception cref="StorageException">The queue is full, or the writer was stopped.</exception>
    public Task WriteAsync(TRow row, CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_queue.Writer.TryWrite((row, done)))
            return Task.FromException(new StorageException("The write queue is full or closed."));
        return done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes no more rows, commits what is queued, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var rows = new List<TRow>(_maxBatch);
        var waiting = new List<TaskCompletionSource>(_maxBatch);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            // Busy callers whose rows were just committed come back at once. They get a few turns to do so: half as many commits do the same work.
            for (var turn = 0; turn < Turns && rows.Count >= Many && _queue.Reader.Count < rows.Count; turn++) await Task.Yield();
            rows.Clear();
            waiting.Clear();
            for (var weight = 0; weight < _maxBatch && _queue.Reader.TryRead(out var item);)
            {
                rows.Add(item.Row);
                weight += _weigh(item.Row);
                waiting.Add(item.Done);
            }

            try
            {
                await _commit(rows, CancellationToken.None).ConfigureAwait(false);
                foreach (var done in waiting) done.SetResult();
            }
            catch (Exception exception)
            {
                foreach (var done in waiting) done.SetException(exception);
            }
        }
    }
}
