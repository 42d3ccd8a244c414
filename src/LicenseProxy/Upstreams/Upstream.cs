using System.Diagnostics;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>One licence service: its connections, its places (a bulkhead), its circuit breaker, its health. Asks it once; the pool decides what follows.</summary>
internal sealed class Upstream : IDisposable
{
    /// <summary>Up to this the pause of an open circuit doubles from one failed probe to the next.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly HttpMessageInvoker _client;
    private readonly ConcurrencyLimiter _places;
    private readonly CircuitBreakerStateProvider _circuit = new();
    private readonly ResiliencePipeline<UpstreamAttempt> _breaker;
    private readonly UpstreamMeters _meters;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public Upstream(UpstreamOptions options, UpstreamMeters meters, TimeProvider time, ILogger logger)
    {
        Options = options;
        _meters = meters;
        _time = time;
        _logger = logger;
        Health = new UpstreamHealth(time);
        _client = UpstreamClient.Create(options);
        _places = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = options.MaxConcurrent, QueueLimit = options.MaxQueued });
        _breaker = new ResiliencePipelineBuilder<UpstreamAttempt> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<UpstreamAttempt>
            {
                FailureRatio = options.BreakerRatio,
                MinimumThroughput = options.BreakerMinimum,
                SamplingDuration = options.BreakerWindow,
                BreakDurationGenerator = arguments => ValueTask.FromResult(Pause(arguments.HalfOpenAttempts)),
                StateProvider = _circuit,
                ShouldHandle = static arguments => ValueTask.FromResult(arguments.Outcome.Result?.Failure.CountsAgainstHealth() ?? false),
                OnOpened = arguments =>
                {
                    UpstreamLog.CircuitOpened(_logger, Options.Name, arguments.BreakDuration.TotalSeconds);
                    return default;
                },
                OnClosed = _ =>
                {
                    UpstreamLog.CircuitClosed(_logger, Options.Name);
                    return default;
                },
            })
            .Build();
        meters.Add(this);
    }

    public UpstreamOptions Options { get; }

    public UpstreamHealth Health { get; }

    public CircuitState Circuit => _circuit.CircuitState;

    /// <summary>False while the circuit is open: asking it would fail at once, or be the one probe.</summary>
    public bool IsHealthy => Circuit is CircuitState.Closed;

    /// <summary>Requests under way.</summary>
    public long Active => Options.MaxConcurrent - (_places.GetStatistics()?.CurrentAvailablePermits ?? 0);

    /// <summary>Asks once. Never throws for what the service, the network or the player does.</summary>
    /// <param name="firstByte">How long to wait for the head of the answer.</param>
    /// <param name="abandoned">Another upstream answered first.</param>
    /// <param name="cancellationToken">The player went away.</param>
    public async ValueTask<UpstreamAttempt> AskAsync(UpstreamCall call, TimeSpan firstByte, CancellationToken abandoned, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        using var activity = UpstreamMeters.Activities.StartActivity("upstream", ActivityKind.Client);
        activity?.SetTag("drmhub.upstream", Options.Name);
        var attempt = await AskCoreAsync(call, firstByte, abandoned, cancellationToken);
        var elapsed = _time.GetElapsedTime(started);
        activity?.SetTag("drmhub.outcome", attempt.Failure.Name());
        _meters.Asked(Options, attempt.Failure, elapsed);
        Health.Add(attempt.Failure, elapsed);
        if (attempt.Failure.CountsAgainstHealth()) UpstreamLog.Failed(_logger, Options.Name, attempt.Failure, elapsed.TotalMilliseconds, attempt.Note);
        else if (attempt.Failure == UpstreamFailure.ClientGone) UpstreamLog.ClientGone(_logger, Options.Name);
        return attempt;
    }

    public void Dispose()
    {
        _meters.Remove(this);
        _client.Dispose();
        _places.Dispose();
    }

    private TimeSpan Pause(int probes)
    {
        var pause = Options.BreakerPause * Math.Pow(2, Math.Min(probes, 8));
        return pause < LongestPause ? pause : Options.BreakerPause > LongestPause ? Options.BreakerPause : LongestPause;
    }

    private async ValueTask<UpstreamAttempt> AskCoreAsync(UpstreamCall call, TimeSpan firstByte, CancellationToken abandoned, CancellationToken cancellationToken)
    {
        RateLimitLease lease;
        try
        {
            lease = await _places.AcquireAsync(1, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return UpstreamAttempt.Failed(UpstreamFailure.ClientGone);
        }

        using (lease)
        {
            if (!lease.IsAcquired) return UpstreamAttempt.Failed(UpstreamFailure.Busy);
            var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
            try
            {
                var outcome = await _breaker.ExecuteOutcomeAsync(
                    static async (_, state) => Outcome.FromResult(await state.This.SendAsync(state.Call, state.FirstByte, state.Abandoned, state.Player)),
                    context,
                    (This: this, Call: call, FirstByte: firstByte, Abandoned: abandoned, Player: cancellationToken));
                if (outcome.Exception is BrokenCircuitException) return UpstreamAttempt.Failed(UpstreamFailure.CircuitOpen);
                outcome.ThrowIfException();
                return outcome.Result!;
            }
            finally
            {
                ResilienceContextPool.Shared.Return(context);
            }
        }
    }

    private async ValueTask<UpstreamAttempt> SendAsync(UpstreamCall call, TimeSpan firstByte, CancellationToken abandoned, CancellationToken player)
    {
        // The one probe of a half-open circuit goes on without its player: ended early it would say that the service is well.
        if (Circuit == CircuitState.HalfOpen) player = CancellationToken.None;
        var started = _time.GetTimestamp();
        using var deadline = new CancellationTokenSource(firstByte, _time);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(player, abandoned, deadline.Token);
        using var request = call.WriteRequest(Options);
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        foreach (var (name, value) in Options.Headers) request.Headers.TryAddWithoutValidation(name, value);
        var body = request.Content as UpstreamContent;
        var head = false;
        try
        {
            using var response = await _client.SendAsync(request, timer.Token);
            head = true;
            deadline.CancelAfter(Later(Options.Timeout - _time.GetElapsedTime(started)));
            var status = (int)response.StatusCode;
            var failure = UpstreamStatus.Read(status);
            if (failure != UpstreamFailure.None && !call.ReadsErrors) return UpstreamAttempt.Failed(failure, UpstreamStatus.Note(status));
            var bytes = await UpstreamBody.ReadAsync(response.Content, Options.MaxResponseBytes, timer.Token);
            return bytes is { } read
                ? call.ReadResponse(Options, new UpstreamResponse(status, response.Content.Headers.ContentType?.ToString(), read, response.Headers))
                : UpstreamAttempt.Failed(UpstreamFailure.BodyTooLarge);
        }
        catch (OperationCanceledException)
        {
            if (player.IsCancellationRequested) return UpstreamAttempt.Failed(UpstreamFailure.ClientGone);
            if (abandoned.IsCancellationRequested) return UpstreamAttempt.Failed(UpstreamFailure.Abandoned);
            return UpstreamAttempt.Failed(head ? UpstreamFailure.BodyTimeout : body is { Began: false } ? UpstreamFailure.ConnectTimeout : UpstreamFailure.FirstByteTimeout);
        }
        catch (HttpRequestException exception)
        {
            return UpstreamAttempt.Failed(Read(exception, head, body), exception.HttpRequestError.ToString());
        }
        catch (IOException)
        {
            return UpstreamAttempt.Failed(head ? UpstreamFailure.BodyBroken : UpstreamFailure.ConnectionLost);
        }
    }

    private static UpstreamFailure Read(HttpRequestException exception, bool head, UpstreamContent? body) => exception.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => UpstreamFailure.NameNotResolved,
        HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError => UpstreamFailure.ConnectFailed,
        HttpRequestError.SecureConnectionError => UpstreamFailure.TlsFailed,
        HttpRequestError.ConfigurationLimitExceeded => UpstreamFailure.BodyTooLarge,
        _ when head => UpstreamFailure.BodyBroken,
        _ => body is { Began: false } ? UpstreamFailure.ConnectFailed : UpstreamFailure.ConnectionLost,
    };

    private static TimeSpan Later(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
