using System.Security.Cryptography;
using DrmHub.Cenc;
using Microsoft.Extensions.Logging;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// The upstreams of one DRM system. Nothing is shared with those of another: connections, places and circuits are each upstream's own, so that a
/// service that hangs holds up nobody but its own players.
/// </summary>
/// <remarks>
/// 1. Order the upstreams: by priority, then at random by weight. 2. Ask the first. 3. Where it fails, ask the next, if nothing was sent or asking
/// twice does no harm. 4. Where it is slow and hedges, ask the next beside it and take the first answer. A caller gets one answer, whoever wrote it.
/// </remarks>
public sealed class UpstreamPool : IDisposable
{
    private readonly Upstream[] _upstreams;
    private readonly UpstreamMeters _meters;
    private readonly TimeProvider _time;

    public UpstreamPool(DrmSystem system, IReadOnlyList<UpstreamOptions> options, UpstreamMeters meters, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        System = system;
        _meters = meters;
        _time = time;
        _upstreams = [.. options.Select(one => new Upstream(one, meters, time, logger))];
    }

    public DrmSystem System { get; }

    /// <summary>In the order of the configuration.</summary>
    public IEnumerable<UpstreamOptions> Options => _upstreams.Select(upstream => upstream.Options);

    public IEnumerable<UpstreamReport> Report() => _upstreams.Select(upstream => upstream.Health.Report(upstream));

    /// <summary>Asks until one upstream answers.</summary>
    /// <exception cref="UpstreamException">None did, or one refused.</exception>
    /// <exception cref="OperationCanceledException">The player went away.</exception>
    public async ValueTask<UpstreamReply<T>> AskAsync<T>(UpstreamCall<T> call, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(call);
        var order = Order(call);
        var last = UpstreamAttempt.Failed(UpstreamFailure.CircuitOpen);
        UpstreamOptions? asked = null;
        var attempts = 0;
        for (var i = 0; i < order.Count; i++)
        {
            var upstream = order[i];
            var next = i + 1 < order.Count && order.Skip(i + 1).Any(other => other.IsHealthy);
            var (answered, attempt, used) = next && call.Repeatable && upstream.Options.Hedge && upstream.IsHealthy
                ? await HedgeAsync(call, upstream, order[i + 1], cancellationToken)
                : (upstream, await upstream.AskAsync(call, FirstByte(upstream.Options, next && call.Repeatable), CancellationToken.None, cancellationToken), 1);
            i += used - 1;
            attempts += used;
            if (attempt.Failure == UpstreamFailure.None) return new UpstreamReply<T>((T)attempt.Answer!, answered.Options, attempts);
            cancellationToken.ThrowIfCancellationRequested();
            // What an open circuit or a full bulkhead says is less than what a service that was asked says.
            if (asked is null || attempt.Failure is not (UpstreamFailure.CircuitOpen or UpstreamFailure.Busy)) (last, asked) = (attempt, answered.Options);
            if (!attempt.Failure.MayAskAnother(call.Repeatable)) break;
            if (i + 1 < order.Count) _meters.FailedOver(upstream.Options);
        }

        throw Failed<T>(last, asked);
    }

    public void Dispose()
    {
        foreach (var upstream in _upstreams) upstream.Dispose();
    }

    /// <summary>
    /// The first answer of two: the second is asked once the first is slow. The slower one is ended and counts as a failure, because a service that always
    /// loses must not go on being asked first.
    /// </summary>
    private async ValueTask<(Upstream Answered, UpstreamAttempt Attempt, int Used)> HedgeAsync(UpstreamCall call, Upstream first, Upstream second, CancellationToken cancellationToken)
    {
        using var abandonFirst = new CancellationTokenSource();
        using var abandonSecond = new CancellationTokenSource();
        var one = first.AskAsync(call, first.Options.FirstByteTimeout, abandonFirst.Token, cancellationToken).AsTask();
        await Task.WhenAny(one, Task.Delay(first.Options.FailoverAfter, _time, cancellationToken));
        if (one.IsCompleted || cancellationToken.IsCancellationRequested) return (first, await one, 1);
        _meters.Hedged(first.Options);
        var two = second.AskAsync(call, second.Options.FirstByteTimeout, abandonSecond.Token, cancellationToken).AsTask();
        var winner = await Task.WhenAny(one, two);
        if (IsFinal(await winner))
        {
            await (winner == one ? abandonSecond : abandonFirst).CancelAsync();
            // Its own upstream counts it; awaited so that the token sources outlive it.
            await (winner == one ? two : one);
            return (winner == one ? first : second, await winner, 2);
        }

        var other = winner == one ? two : one;
        return (other == one ? first : second, await other, 2);
    }

    private static bool IsFinal(UpstreamAttempt attempt) => !attempt.Failure.MayAskAnother(repeatable: true);

    private static TimeSpan FirstByte(UpstreamOptions upstream, bool another) =>
        another && upstream.FailoverAfter < upstream.FirstByteTimeout ? upstream.FailoverAfter : upstream.FirstByteTimeout;

    private List<Upstream> Order(UpstreamCall call)
    {
        var order = new List<Upstream>(_upstreams.Length);
        foreach (var upstream in _upstreams)
            if (call.Accepts is null || call.Accepts(upstream.Options)) order.Add(upstream);
        if (order.Count < 2) return order;
        // Weighted order without replacement: the smallest of -ln(u)/weight first (Efraimidis and Spirakis, 2006).
        return [.. order.OrderBy(upstream => upstream.Options.Name != call.First).ThenBy(upstream => upstream.Options.Priority).ThenBy(upstream => -Math.Log((RandomNumberGenerator.GetInt32(int.MaxValue) + 1.0) / int.MaxValue) / upstream.Options.Weight)];
    }

    private static UpstreamException Failed<T>(UpstreamAttempt attempt, UpstreamOptions? upstream)
        where T : class
    {
        var details = new Dictionary<string, string> { ["upstream_failure"] = attempt.Failure.Name() };
        if (attempt.Note is { Length: > 0 } note) details["upstream_note"] = note.Length > 128 ? note[..128] : note;
        return new UpstreamException(attempt.Failure.Reason(), attempt.Failure.Sentence())
        {
            Upstream = upstream?.Name,
            Details = details,
            Answer = attempt.Answer,
        };
    }
}
