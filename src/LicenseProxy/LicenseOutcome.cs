using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What the gate decided: keys to hand out, or a refusal. Either is in the audit log already. Disposing it zeroes the keys.</summary>
public sealed class LicenseOutcome : IDisposable
{
    private LicenseOutcome(Refusal? refusal, IReadOnlyList<VaultKey> keys, IReadOnlyList<KeyDecision> decisions)
    {
        Refusal = refusal;
        Keys = keys;
        Decisions = decisions;
    }

    /// <summary>Null where at least one key is granted.</summary>
    public Refusal? Refusal { get; }

    /// <summary>The granted keys.</summary>
    public IReadOnlyList<VaultKey> Keys { get; }

    /// <summary>Every key that was asked for and exists, granted or withheld.</summary>
    public IReadOnlyList<KeyDecision> Decisions { get; }

    public static LicenseOutcome Refused(Refusal refusal, IReadOnlyList<KeyDecision>? decisions = null) => new(refusal, [], decisions ?? []);

    public static LicenseOutcome Granted(IReadOnlyList<VaultKey> keys, IReadOnlyList<KeyDecision> decisions) => new(null, keys, decisions);

    public void Dispose()
    {
        foreach (var key in Keys) key.Dispose();
    }
}
