using System.Diagnostics;
using System.Security.Cryptography;

namespace DrmHub.Host.Load;

/// <summary>
/// Runs the players: each act is due at a time that the plan of its player gives, whether or not the hub keeps up (an open system, as an audience
/// is). What is due waits for one of the connections, and its time counts from when it was due.
/// </summary>
internal sealed class LoadRun(LoadOptions options, LoadClient client, IReadOnlyList<LoadPlayer> players, LoadRecord record) : IDisposable
{
    private readonly PriorityQueue<(LoadPlayer Player, LoadAct Act), TimeSpan> _due = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _places = new(options.Connections);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _underWay;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    public void Dispose() => _places.Dispose();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < players.Count; i++) Schedule(players[i], LoadAct.Join, options.Ramp * i / players.Count);
        while (true)
        {
            if (!TryPeek(out var at))
            {
                // What is under way may still put something into the queue.
                if (Volatile.Read(ref _underWay) == 0 && !TryPeek(out _)) break;
                await Task.Delay(s_moment, cancellationToken);
                continue;
            }

            if (at > options.Duration) break;
            var wait = at - Elapsed;
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait < s_moment ? wait : s_moment, cancellationToken);
                continue;
            }

            await _places.WaitAsync(cancellationToken);
            Interlocked.Increment(ref _underWay);
            _ = TakeAsync(cancellationToken);
        }

        while (Volatile.Read(ref _underWay) > 0) await Task.Delay(s_moment, cancellationToken);
    }

    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(5);

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!TryTake(out var player, out var act, out var at) || (act is LoadAct.Heartbeat or LoadAct.Renew && !player.IsPlaying)) return;
            var answer = await client.DoAsync(player, act, cancellationToken);
            record.Add(act, at, Elapsed - at, answer);
            Continue(player, act, at, answer);
        }
        catch (OperationCanceledException)
        {
            // The whole run was stopped: the waiting loop sees it too.
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            _places.Release();
        }
    }

    private void Continue(LoadPlayer player, LoadAct act, TimeSpan at, LoadAnswer answer)
    {
        if (act == LoadAct.Leave) player.IsPlaying = false;
        if (!player.IsPlaying) return;
        if (act == LoadAct.Join && answer.Reason is null && options.Stay is { } stay)
        {
            player.EndsAt = at + stay;
            if (player.Session is not null && !IsDropped()) Schedule(player, LoadAct.Leave, at + stay);
        }

        if (act is LoadAct.Join or LoadAct.Renew && options.Renewal is { } renewal) Schedule(player, LoadAct.Renew, at + renewal);
        if (act is LoadAct.Join or LoadAct.Heartbeat && options.Heartbeats && player is { Session: not null, Heartbeat: { } beat }) Schedule(player, LoadAct.Heartbeat, at + beat);
    }

    private bool IsDropped() => RandomNumberGenerator.GetInt32(1_000_000) < options.Drop * 1_000_000;

    private void Schedule(LoadPlayer player, LoadAct act, TimeSpan at)
    {
        if (at > options.Duration || (act != LoadAct.Leave && at >= player.EndsAt)) return;
        lock (_lock) _due.Enqueue((player, act), at);
    }

    private bool TryPeek(out TimeSpan at)
    {
        lock (_lock) return _due.TryPeek(out _, out at);
    }

    private bool TryTake(out LoadPlayer player, out LoadAct act, out TimeSpan at)
    {
        lock (_lock)
        {
            var isThere = _due.TryDequeue(out var next, out at);
            (player, act) = next;
            return isThere;
        }
    }
}
