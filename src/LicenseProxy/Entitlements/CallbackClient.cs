using System.Collections.Concurrent;
using System.Net.Http.Headers;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Entitlements;

/// <summary>
/// Asks the operator's service who holds what: signed, bounded in time and size, one call for equal questions at once, answers kept for a
/// while, and a breaker that stops asking a service that is away. Safe for concurrent use.
/// </summary>
internal sealed class CallbackClient : IDisposable
{
    /// <summary>Bytes of an answer.</summary>
    public const int MaxAnswer = 64 * 1024;

    private readonly CallbackOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CallbackSigner? _signer;
    private readonly HttpClient _http;
    private readonly CircuitBreaker _breaker;
    private readonly SemaphoreSlim _places;
    private readonly ConcurrentDictionary<TokenCache.Name, Lazy<Task<CallbackAnswer?>>> _running = new();
    private readonly ConcurrentDictionary<TokenCache.Name, Kept> _kept = new();

    public CallbackClient(IOptions<LicenseProxyOptions> options, TimeProvider time, ILogger<CallbackClient> logger)
    {
        _options = options.Value.Callback;
        _time = time;
        _logger = logger;
        _breaker = new CircuitBreaker(time);
        _places = new SemaphoreSlim(_options.MaxConcurrent);
        if (_options.Url is not null) _signer = new CallbackSigner(_options);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = _options.Timeout, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            // The time-out below covers the body too.
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswer,
        };
    }

    public bool IsOn => _options.Url is not null;

    /// <returns>The answer, and whether it is an old one because the service is away; null where there is none.</returns>
    public async ValueTask<(CallbackAnswer? Answer, bool IsStale)> AskAsync(CallbackQuestion question, CancellationToken cancellationToken)
    {
        var body = question.Write();
        var name = TokenCache.NameOf(body);
        var now = _time.GetUtcNow();
        if (_kept.TryGetValue(name, out var kept) && now < kept.FreshUntil) return (kept.Answer, false);

        // Whoever asks the same meanwhile waits for the same call; one that goes away leaves it to the others.
        var call = _running.GetOrAdd(name, _ => new Lazy<Task<CallbackAnswer?>>(() => CallAsync(name, body)));
        var answer = await call.Value.WaitAsync(cancellationToken);
        if (answer is not null) return (answer, false);
        return _options.WhenDown == CallbackFailure.LastAnswer && kept is not null && now < kept.GraceUntil ? (kept.Answer, true) : (null, false);
    }

    public void Dispose()
    {
        _http.Dispose();
        _signer?.Dispose();
        _places.Dispose();
    }

    private async Task<CallbackAnswer?> CallAsync(TokenCache.Name name, byte[] body)
    {
        try
        {
            if (!_places.Wait(0))
            {
                Log.CallbackFailed(_logger, "too many calls at once");
                return null;
            }

            try
            {
                return await CallCoreAsync(name, body);
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            _running.TryRemove(name, out _);
        }
    }

    private async Task<CallbackAnswer?> CallCoreAsync(TokenCache.Name name, byte[] body)
    {
        if (!_breaker.MayTry()) return null;
        using var limit = new CancellationTokenSource(_options.Timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            _signer!.Sign(request, body, _time.GetUtcNow().ToUnixTimeSeconds());
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            if (response.StatusCode != System.Net.HttpStatusCode.OK) throw new InvalidDataException("The entitlement service answered " + (int)response.StatusCode);
            var answer = CallbackAnswer.Read(await response.Content.ReadAsByteArrayAsync(limit.Token));
            Keep(name, answer);
            _breaker.Succeeded();
            return answer;
        }
        catch (Exception exception) when (exception is HttpRequestException or InvalidDataException or IOException or OperationCanceledException)
        {
            _breaker.Failed();
            Log.CallbackFailed(_logger, exception is OperationCanceledException ? "no answer in time" : exception.Message);
            return null;
        }
    }

    private void Keep(TokenCache.Name name, CallbackAnswer answer)
    {
        if (_options.CacheSize == 0) return;
        if (_kept.Count >= _options.CacheSize) DropOld();
        var now = _time.GetUtcNow();
        var fresh = answer.TtlSeconds is { } ttl && ttl < _options.Cache.TotalSeconds ? TimeSpan.FromSeconds(ttl) : _options.Cache;
        _kept[name] = new Kept(answer, now + fresh, now + _options.Grace);
    }

    /// <summary>What is over first; where nothing is, all of it: a cache may forget.</summary>
    private void DropOld()
    {
        var now = _time.GetUtcNow();
        foreach (var item in _kept)
        {
            if (item.Value.FreshUntil <= now && item.Value.GraceUntil <= now) _kept.TryRemove(item);
        }

        if (_kept.Count >= _options.CacheSize) _kept.Clear();
    }

    private sealed record Kept(CallbackAnswer Answer, DateTimeOffset FreshUntil, DateTimeOffset GraceUntil);
}
