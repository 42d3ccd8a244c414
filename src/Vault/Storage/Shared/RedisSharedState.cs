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

    public async ValueTask<SlotAnswer> TakeSlotAsync(SlotRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Check();
        RedisValue[] values =
        [
            request.Session, request.Limit, Milliseconds(request.Lifetime), request.Group ?? "", request.GroupLimit, request.StopOldest ? 1 : 0, request.Data,
        ];
        var result = await RunAsync(RedisScripts.TakeSlot, SlotsOf(request.Account), values, cancellationToken).ConfigureAwait(false);
        if (result is { } said) return new SlotAnswer((SlotResult)said, SharedAnswerSource.Store);
        var mode = Answer(null, _options.SlotsOnFailure);
        return new SlotAnswer(mode.IsGranted ? SlotResult.Kept : SlotResult.Refused, mode.Source);
    }

    public async ValueTask<SlotStatus> RenewSlotAsync(string account, string session, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(account);
        SharedNames.Check(session);
        SharedNames.CheckLifetime(lifetime);
        return await StatusAsync(RedisScripts.RenewSlot, account, [session, Milliseconds(lifetime)], cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<SlotStatus> ReleaseSlotAsync(string account, string session, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(account);
        SharedNames.Check(session);
        return await StatusAsync(RedisScripts.ReleaseSlot, account, [session], cancellationToken).ConfigureAwait(false);
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

    /// <summary>Named for its form: an older hub kept slots under another name and in another form.</summary>
    private static string SlotsOf(string account) => "streams:" + account;

    private async Task<SlotStatus> StatusAsync(string script, string account, RedisValue[] values, CancellationToken cancellationToken)
    {
        if (await AskAsync(script, SlotsOf(account), values, cancellationToken).ConfigureAwait(false) is { } said)
            return new SlotStatus((SlotState)(long)said[0], (string?)said[2] ?? "", SharedAnswerSource.Store);
        var mode = Answer(null, _options.SlotsOnFailure);
        return new SlotStatus(mode.IsGranted ? SlotState.Held : SlotState.Unknown, "", mode.Source);
    }

    private static long Milliseconds(TimeSpan lifetime) => (long)Math.Ceiling(lifetime.TotalMilliseconds);

    /// <returns>What the script said first; null if Redis did not say it in time.</returns>
    private async Task<long?> RunAsync(string script, string key, RedisValue[] values, CancellationToken cancellationToken) =>
        await AskAsync(script, key, values, cancellationToken).ConfigureAwait(false) is { } said ? (long)said[0] : null;

    /// <returns>What the script said; null if Redis did not say it in time.</returns>
    private async Task<RedisResult[]?> AskAsync(string script, string key, RedisValue[] values, CancellationToken cancellationToken)
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
            var parts = (RedisResult[])reply!;

            // Measured after the answer, so the deadline of the next call is early by the time of one answer at most.
            Interlocked.Exchange(ref _offset, (long)parts[1] - _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (_breaker.Succeeded()) _log.SharedStateBack();
            return (long)parts[0] >= 0 ? parts : null;
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
