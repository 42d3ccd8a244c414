using System.Collections.Concurrent;
using Azure.Core;
using Azure.Core.Pipeline;

namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>
/// Key Vault names the tenant and resource that it wants a token for in a 401. Until then a request goes out without its body,
/// because the host is not yet checked; the answer is remembered, so later requests go straight through.
/// </summary>
internal sealed class AzureChallengePolicy(TokenCredential credential) : BearerTokenAuthenticationPolicy(credential, Array.Empty<string>())
{
    private const string BodyProperty = "DrmHub.KeyVault.Body";

    private readonly ConcurrentDictionary<string, AzureChallenge> _challenges = new(StringComparer.OrdinalIgnoreCase);

    protected override async ValueTask AuthorizeRequestAsync(HttpMessage message)
    {
        if (_challenges.TryGetValue(Authority(message), out var challenge))
        {
            await AuthenticateAndAuthorizeRequestAsync(message, Context(message, challenge)).ConfigureAwait(false);
            return;
        }

        if (message.Request.Content is { } body)
        {
            message.SetProperty(BodyProperty, body);
            message.Request.Content = null;
        }
    }

    protected override async ValueTask<bool> AuthorizeRequestOnChallengeAsync(HttpMessage message)
    {
        if (message.Request.Content is null && message.TryGetProperty(BodyProperty, out var body)) message.Request.Content = (RequestContent?)body;
        if (!message.Response.Headers.TryGetValue(HttpHeader.Names.WwwAuthenticate, out var header) || AzureChallenge.Parse(header) is not { } challenge)
            return false;

        if (challenge.Claims is not null && _challenges.TryGetValue(Authority(message), out var known)) challenge = known with { Claims = challenge.Claims };
        if (challenge.Scope is null) return false;
        if (!challenge.IsFor(message.Request.Uri.Host ?? ""))
            throw new MasterKeyException($"The host {message.Request.Uri.Host} asks for a token of another service ({challenge.Scope}). No token was sent.");

        // The claims are for this request alone: later tokens of the cache carry them already.
        _challenges[Authority(message)] = challenge with { Claims = null };
        await AuthenticateAndAuthorizeRequestAsync(message, Context(message, challenge)).ConfigureAwait(false);
        return true;
    }

    private static TokenRequestContext Context(HttpMessage message, AzureChallenge challenge) =>
        new([challenge.Scope!], message.Request.ClientRequestId, challenge.Claims, challenge.TenantId, isCaeEnabled: true);

    private static string Authority(HttpMessage message) => $"{message.Request.Uri.Host}:{message.Request.Uri.Port}";
}
