using System.Security.Cryptography;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Limits;

/// <summary>
/// Bounds how many requests are in work on this node. The others wait, for a bounded time, in a bounded queue: the highest priority goes first, within one the
/// one that came first. Where the queue is full, the lowest priority in it makes room, and of it the one that came last. A place is handed
/// from the one that leaves to the one whose turn it is, so nobody who comes later slips in between.
/// </summary>
internal sealed class LoadShedder
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _maxWait;
    private readonly int _capacity;
    private readonly int _places;
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter>[] _queues = [new(), new(), new()];
    private int _inWork;
    private int _waiting;

    public LoadShedder(TimeProvider time, IOptions<LicenseProxyOptions> options)
    {
        var limits = options.Value.Limits;
        _time = time;
        _maxWait = limits.MaxWait;
        _capacity = limits.Concurrency ?? LimitOptions.ConcurrencyPerProcessor * Environment.ProcessorCount;
        _places = limits.Queue ?? LimitOptions.QueuePerPlace * _capacity;
    }

    public int InWork => Volatile.Read(ref _inWork);

    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Refuses for want of room. Players that were refused together come back at different times.</summary>
    public static Refusal Overloaded() => new(ReasonCodes.RateLimited, "Too many requests at once; this one was not looked at.")
    {
        IsOverload = true,
        RetryAfter = TimeSpan.FromSeconds(RandomNumberGenerator.GetInt32(1, 6)),
    };

    /// <returns>Null where no place is free; nothing is waited for.</returns>
    public LoadPermit? TryEnter()
    {
        if (_capacity == 0) return LoadPermit.Unbounded;
        lock (_lock)
        {
            // A place is free only while nobody waits for one.
            if (_inWork >= _capacity) return null;
            _inWork++;
        }

        return LoadPermit.Of(this, isBusy: false);
    }

    /// <summary>Waits for a place.</summary>
    /// <returns>To be disposed. It has a refusal where none became free in time, or a higher priority needed the room.</returns>
    /// <exception cref="OperationCanceledException">The player went away; no place is taken.</exception>
    public async ValueTask<LoadPermit> EnterAsync(LoadPriority priority, CancellationToken cancellationToken)
    {
        if (_capacity == 0) return LoadPermit.Unbounded;
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter();
        Waiter? displaced = null;
        lock (_lock)
        {
            if (_inWork < _capacity)
            {
                _inWork++;
                return LoadPermit.Of(this, isBusy: false);
            }

            var hasRoom = _waiting < _places || TryMakeRoom(priority, out displaced);
            if (!hasRoom) return Shed(priority);
            _queues[(int)priority].AddLast(waiter.Node);
            _waiting++;
        }

        displaced?.TrySetResult(null);
        using var timer = _time.CreateTimer(_ => GiveUp(waiter, static late => late.TrySetResult(null)), null, _maxWait, Timeout.InfiniteTimeSpan);
        using var left = cancellationToken.UnsafeRegister(_ => GiveUp(waiter, gone => gone.TrySetCanceled(cancellationToken)), null);
        return await waiter.Task ?? Shed(priority);
    }

    /// <summary>A place is free again.</summary>
    internal void Leave()
    {
        Waiter? next;
        bool isBusy;
        lock (_lock)
        {
            next = Next();
            if (next is null) _inWork--;
            isBusy = 2 * _waiting > _places;
        }

        next?.TrySetResult(LoadPermit.Of(this, isBusy));
    }

    private static LoadPermit Shed(LoadPriority priority)
    {
        LicenseTelemetry.Shed(priority);
        return LoadPermit.Refused(Overloaded());
    }

    private Waiter? Next()
    {
        foreach (var queue in _queues)
        {
            if (queue.First is { } first) return Remove(first);
        }

        return null;
    }

    private bool TryMakeRoom(LoadPriority priority, out Waiter? displaced)
    {
        displaced = null;
        for (var lower = LoadPriority.Other; lower > priority && displaced is null; lower--)
        {
            if (_queues[(int)lower].Last is { } last) displaced = Remove(last);
        }

        return displaced is not null;
    }

    private Waiter Remove(LinkedListNode<Waiter> node)
    {
        node.List!.Remove(node);
        _waiting--;
        return node.Value;
    }

    /// <summary>Takes a waiter out of the queue, unless it got a place or was shed in the same moment: then that counts.</summary>
    private void GiveUp(Waiter waiter, Action<Waiter> answer)
    {
        lock (_lock)
        {
            if (waiter.Node.List is null) return;
            Remove(waiter.Node);
        }

        answer(waiter);
    }

    /// <summary>Gets its permit, or null where it is shed. What follows runs elsewhere, never inside the one that leaves.</summary>
    private sealed class Waiter : TaskCompletionSource<LoadPermit?>
    {
        public Waiter()
            : base(TaskCreationOptions.RunContinuationsAsynchronously) => Node = new LinkedListNode<Waiter>(this);

        public LinkedListNode<Waiter> Node { get; }
    }
}
