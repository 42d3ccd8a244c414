using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What the gate granted: all that a licence may say, and nothing else may be in it.</summary>
public sealed class LicenseGrant
{
    public required LicenseQuestion Question { get; init; }

    public required PlayerToken Player { get; init; }

    /// <summary>The title, the first one where the keys belong to several. Null for a release that names no key.</summary>
    public required string? ContentId { get; init; }

    /// <summary>The granted keys only; empty for a release. The gate disposes them.</summary>
    public required IReadOnlyList<VaultKey> Keys { get; init; }

    /// <summary>Durations and, for each key, whether it is granted and under which output rule; where the keys belong to several titles, the strictest of their decisions.</summary>
    public required Decision Decision { get; init; }

    /// <summary>The hub's name for this playback, as heartbeats use it; null where no stream is counted.</summary>
    public required string? SessionId { get; init; }

    /// <summary>The instant of the decision, in UTC milliseconds: durations count from here.</summary>
    public required long NowMs { get; init; }

    /// <summary>The decision on a key that is in <see cref="Keys"/>.</summary>
    public KeyDecision DecisionOn(KeyId keyId) => Decision.Keys.First(key => key.KeyId == keyId);
}
