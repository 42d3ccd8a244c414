using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Keys.Derivation;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Vault.Keys;

/// <summary>How keys are kept. Configuration section <c>Vault</c>; the defaults suit most.</summary>
public sealed class KeyStoreOptions
{
    public MasterKeyOptions MasterKey { get; init; } = new();

    public DataKeyOptions DataKeys { get; init; } = new();

    public KeyCacheOptions Cache { get; init; } = new();

    /// <summary>Content ids whose keys are derived; none by default.</summary>
    public IReadOnlyList<KeyDerivationOptions> Derivation { get; init; } = [];

    /// <exception cref="ArgumentException">Options are outside their ranges: the message lists all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        MasterKey.Check(errors);
        DataKeys.Check(errors);
        Cache.Check(errors);
        foreach (var rule in Derivation) rule.Check(errors);
        if (errors.Count > 0) throw new ArgumentException("Vault options: " + string.Join(" ", errors));
    }
}

/// <summary>When a new data key takes over.</summary>
public sealed class DataKeyOptions
{
    /// <summary>Content keys under one data key, 1 to 2^32 (the bound of random nonces in AES-GCM, NIST SP 800-38D, 8.3). Default 1,000,000.</summary>
    public long MaxKeys { get; init; } = 1_000_000;

    /// <summary>How long a data key takes new content keys, a minute or more. Default 30 days.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    internal void Check(List<string> errors)
    {
        if (MaxKeys is < 1 or > 1L << 32) errors.Add("DataKeys:MaxKeys is 1 to 4294967296.");
        if (MaxAge < TimeSpan.FromMinutes(1)) errors.Add("DataKeys:MaxAge is a minute or more.");
    }
}
