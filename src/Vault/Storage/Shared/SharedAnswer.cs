namespace DrmHub.Vault.Storage.Shared;

/// <summary>Granted or not, and who said so: an answer by a failure mode belongs into the audit entry of what it decided.</summary>
public readonly record struct SharedAnswer(bool IsGranted, SharedAnswerSource Source)
{
    public bool IsDegraded => Source != SharedAnswerSource.Store;
}

public enum SharedAnswerSource
{
    /// <summary>The store decided.</summary>
    Store,

    /// <summary>The store is away and the configuration grants then.</summary>
    FailedOpen,

    /// <summary>The store is away and the configuration refuses then.</summary>
    FailedClosed,
}
