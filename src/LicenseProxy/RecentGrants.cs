using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DrmHub.LicenseProxy.Tokens;

namespace DrmHub.LicenseProxy;

/// <summary>
/// Grants of the last minute whose challenge can be told from any other: the same challenge again is a retry of a player that did not get the
/// answer. It is decided and written again, but the log has its entry already. Of this node; a retry on another node has an entry of its own.
/// </summary>
internal sealed class RecentGrants(TimeProvider time)
{
    private const int MaxEntries = 100_000;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<TokenCache.Name, DateTimeOffset> _granted = new();

    /// <returns>Null where the request cannot be told from another one.</returns>
    public static TokenCache.Name? NameOf(LicenseGrant grant, LicenseCaller caller)
    {
        if ((grant.Question.ChallengeId ?? caller.RetryKey) is not { } challenge) return null;
        var text = new StringBuilder(256)
            .Append(grant.Player.Subscriber.Length).Append(':').Append(grant.Player.Subscriber).Append(grant.Player.Id ?? grant.Player.Fingerprint).Append('|').Append(grant.Question.System).Append('|').Append(grant.Question.Kind).Append('|')
            .Append(challenge.Length).Append(':').Append(challenge).Append('|').Append(grant.Decision.PolicyHash);

        // What is granted otherwise than before is another grant.
        foreach (var key in grant.Keys) text.Append('|').Append(key.KeyId.ToHex());
        return TokenCache.NameOf(Encoding.UTF8.GetBytes(text.ToString()));
    }

    public bool Contains(TokenCache.Name name) => _granted.TryGetValue(name, out var at) && time.GetUtcNow() - at < Window;

    public void Add(TokenCache.Name name)
    {
        var now = time.GetUtcNow();
        if (_granted.Count >= MaxEntries)
        {
            foreach (var item in _granted)
            {
                if (now - item.Value >= Window) _granted.TryRemove(item);
            }

            if (_granted.Count >= MaxEntries) _granted.Clear();
        }

        _granted[name] = now;
    }
}
