using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace DrmHub.Vault.Storage.Shared;

/// <summary>
/// State in Redis 7 or a compatible server, alone or as a cluster. While it is away, answers come at once from the configured
/// failure mode, and one probe at a time finds out when it is back.
/// </summary>
public sealed class RedisSharedState : ISharedState
{
    private const long Unknown = long.MinValue;

    private readonly SharedStateOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConnectionMultiplexer _redis;
    private readonly CircuitBreaker _breaker;

    /// <summary>Redis's clock less this node's, in ms; unknown until the first answer.</summary>
    private long _offset = Unknown;

    private RedisSharedState(SharedStateOptions options, ConnectionMultiplexer redis, TimeProvider time, ILogger log)
    {
        _options = options;
        _redis = redis;
        _time = time;
        _log = log;
        _breaker = new CircuitBreaker(time);
    }

    public bool IsHealthy => !_breaker.IsOpen;

    /// <summary>Connects, or goes on trying in the background: a server that is away stops no start.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public static async Task<RedisSharedState> OpenAsync(SharedStateOptions options, TimeProvider? time = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var configuration = ConfigurationOptions.Parse(options.Redis ?? "");
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = 2000;
        configuration.ConnectRetry = 1;
        configuration.KeepAlive = 10;
        configuration.ReconnectRetryPolicy = new ExponentialRetry(250, 5000);
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ClientName ??= "drmhub";
        var log = (ILogger?)loggers?.CreateLogger<RedisSharedState>() ?? NullLogger.Instance;
        var redis = await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
        return new RedisSharedState(options, redis, time ?? TimeProvider.System, log);
    }

    public async ValueTask<SharedAnswer> TakeSlotAsync(string subscriber, string session, int limit, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(subscriber);
        SharedNames.Check(session);
        SharedNames.CheckLifetime(lifetime);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return Answer(await RunAsync(RedisScripts.TakeSlot, "slots:" + subscriber, [session, limit, Milliseconds(lifetime)], cancellationToken).ConfigureAwait(false), _options.SlotsOnFailure);
    }

    public async ValueTask ReleaseSlotAsync(string subscriber, string session, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(subscriber);
        SharedNames.Check(session);
        await RunAsync(RedisScripts.ReleaseSlot, "slots:" + subscriber, [session], cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<SharedAnswer> UseTokenAsync(string tokenId, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(tokenId);
        SharedNames.CheckLifetime(lifetime);
        return Answer(await RunAsync(RedisScripts.UseToken, "token:" + tokenId, [Milliseconds(lifetime)], cancellationToken).ConfigureAwait(false), _options.TokensOnFailure);
    }

    public async ValueTask<SharedAnswer> TakePermitAsync(string bucket, int burst, double perSecond, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(bucket);
        SharedNames.CheckRate(burst, perSecond);
        return Answer(await RunAsync(RedisScripts.TakePermit, "rate:" + bucket, [burst, perSecond.ToString("R", CultureInfo.InvariantCulture)], cancellationToken).ConfigureAwait(false), _options.RatesOnFailure);
    }

    public async ValueTask<long?> GetRevocationVersionAsync(CancellationToken cancellationToken = default) =>
        await RunAsync(RedisScripts.GetVersion, "revocations", [], cancellationToken).ConfigureAwait(false);

    public async ValueTask<long?> RaiseRevocationVersionAsync(CancellationToken cancellationToken = default) =>
        await RunAsync(RedisScripts.RaiseVersion, "revocations", [], cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync().ConfigureAwait(false);

    private static SharedAnswer Answer(long? result, FailureMode mode) => result switch
    {
        { } said => new SharedAnswer(said == 1, SharedAnswerSource.Store),
        _ when mode == FailureMode.Open => new SharedAnswer(true, SharedAnswerSource.FailedOpen),
        _ => new SharedAnswer(false, SharedAnswerSource.FailedClosed),
    };

    private static long Milliseconds(TimeSpan lifetime) => (long)Math.Ceiling(lifetime.TotalMilliseconds);

    /// <returns>What the script said; null if Redis did not say it in time.</returns>
    private async Task<long?> RunAsync(string script, string key, RedisValue[] values, CancellationToken cancellationToken)
    {
        if (!_breaker.MayTry()) return null;
        try
        {
            var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            var offset = Interlocked.Read(ref _offset);
            var deadline = offset == Unknown ? 0 : now + offset + Milliseconds(_options.Timeout);

            // The script's text goes along: after a failover its hash is unknown, and the text costs nothing measurable.
            var reply = await _redis.GetDatabase().ScriptEvaluateAsync(script, [_options.Prefix + key], [deadline, .. values], CommandFlags.NoScriptCache)
                .WaitAsync(_options.Timeout, _time, cancellationToken).ConfigureAwait(false);
            var parts = (long[])reply!;

            // Measured after the answer, so the deadline of the next call is early by the time of one answer at most.
            Interlocked.Exchange(ref _offset, parts[1] - _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (_breaker.Succeeded()) _log.SharedStateBack();
            return parts[0] >= 0 ? parts[0] : null;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or InvalidCastException or ObjectDisposedException)
        {
            if (_breaker.Failed()) _log.SharedStateAway(exception.GetType().Name);
            return null;
        }
        catch (OperationCanceledException)
        {
            _breaker.Abandoned();
            throw;
        }
    }
}
