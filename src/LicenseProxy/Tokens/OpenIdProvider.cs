using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// Reads the keys that an OpenID provider publishes (OpenID Connect Discovery 1.0, 4; RFC 7517). Bounded in size and time, no
/// redirects, https only but for loopback.
/// </summary>
internal sealed class OpenIdProvider : IDisposable
{
    /// <summary>Bytes of each document.</summary>
    public const int MaxDocument = 256 * 1024;

    private readonly Uri _configuration;
    private readonly string _issuer;
    private readonly HttpClient _http;

    public OpenIdProvider(TokenKeyOptions options)
    {
        _issuer = options.Issuer;
        _configuration = new Uri(options.Issuer.TrimEnd('/') + "/.well-known/openid-configuration", UriKind.Absolute);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = options.Timeout, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = options.Timeout,
            MaxResponseContentBufferSize = MaxDocument,
        };
    }

    /// <exception cref="InvalidDataException">The provider says something else than keys, or speaks for another issuer.</exception>
    /// <exception cref="HttpRequestException">It is away, or answers with another status than 200.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<IReadOnlyList<SecurityKey>> ReadKeysAsync(CancellationToken cancellationToken)
    {
        var configuration = await ReadAsync(_configuration, cancellationToken);
        var keys = JsonWebKeys.Read(await ReadAsync(KeysUrl(configuration), cancellationToken));
        return keys.Count > 0 ? keys : throw new InvalidDataException("The provider publishes no key that can check a signature.");
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> ReadAsync(Uri url, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(url, cancellationToken);
        if (response.StatusCode != System.Net.HttpStatusCode.OK) throw new HttpRequestException("The provider answered " + (int)response.StatusCode, null, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    private Uri KeysUrl(byte[] configuration)
    {
        try
        {
            using var document = JsonDocument.Parse(configuration, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException("The provider's configuration is not an object.");

            // 4.3: the document must speak for exactly the issuer that was asked, or one provider could answer for another.
            if (!root.TryGetProperty("issuer", out var issuer) || issuer.ValueKind != JsonValueKind.String || issuer.GetString() != _issuer)
                throw new InvalidDataException("The provider's configuration names another issuer.");
            return root.TryGetProperty("jwks_uri", out var text) && text.ValueKind == JsonValueKind.String
                && Uri.TryCreate(text.GetString(), UriKind.Absolute, out var url) && TokenKeyOptions.IsSafe(url)
                    ? url
                    : throw new InvalidDataException("The provider's configuration has no https jwks_uri.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException("The provider's configuration is not JSON.", exception);
        }
    }
}
