using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// The keys of one issuer, kept fresh. Published keys are read when they are first needed, again in the background when they are old,
/// and at once (but not more often than allowed) when a token names a key that is not there. While the provider is away the keys that
/// are known go on counting. Safe for concurrent use.
/// </summary>
public sealed class TokenKeySource : IDisposable
{
    private readonly TokenKeyOptions _options;
    private readonly OpenIdProvider? _provider;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile TokenKeySet _current;
    private long _triedAt;
    private long _readAt;

    /// <exception cref="ArgumentException">Options are outside their ranges: the message lists all of them.</exception>
    public TokenKeySource(TokenKeyOptions options, TimeProvider time, ILogger<TokenKeySource> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Check() is { Count: > 0 } errors) throw new ArgumentException("Tokens: " + string.Join(" ", errors));
        _options = options;
        _time = time;
        _logger = logger;
        _current = new TokenKeySet(options.Keys);
        if (options.Discovery) _provider = new OpenIdProvider(options);
    }

    public string Issuer => _options.Issuer;

    /// <summary>The keys as they are known now.</summary>
    public TokenKeySet Current => _current;

    /// <returns>The key that a token names, or null where the issuer has no such key.</returns>
    public async ValueTask<SecurityKey?> FindAsync(string? keyId, CancellationToken cancellationToken)
    {
        if (_provider is null) return _current.Find(keyId);
        if (_current.Find(keyId) is { } known)
        {
            // Known keys never wait for the provider.
            if (Interlocked.Read(ref _readAt) is var read && read != 0 && _time.GetElapsedTime(read) > _options.RefreshEvery && MayTry()) _ = RefreshAsync(CancellationToken.None);
            return known;
        }

        if (MayTry()) await RefreshAsync(cancellationToken);
        return _current.Find(keyId);
    }

    public void Dispose()
    {
        _provider?.Dispose();
        _one.Dispose();
    }

    private bool MayTry() => Interlocked.Read(ref _triedAt) is var tried && (tried == 0 || _time.GetElapsedTime(tried) >= _options.RefreshAtMostEvery);

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            // Whoever waited finds that another has just tried.
            if (!MayTry()) return;
            var published = await _provider!.ReadKeysAsync(CancellationToken.None);
            _current = new TokenKeySet([.. _options.Keys, .. published]);
            Interlocked.Exchange(ref _readAt, _time.GetTimestamp());
            Log.TokenKeysRead(_logger, published.Count);
        }
        catch (Exception exception) when (exception is InvalidDataException or HttpRequestException or OperationCanceledException or IOException)
        {
            Log.TokenKeysUnavailable(_logger, exception.Message);
        }
        finally
        {
            Interlocked.Exchange(ref _triedAt, _time.GetTimestamp());
            _one.Release();
        }
    }
}
