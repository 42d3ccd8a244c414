namespace DrmHub.Vault.Keys;

/// <summary>One caller's question on its way through the writer, which puts the answer here.</summary>
internal sealed class KeyRequest(string contentId, IReadOnlyList<KeySpec> specs)
{
    public string ContentId { get; } = contentId;

    public IReadOnlyList<KeySpec> Specs { get; } = specs;

    /// <summary>One row for each spec, in their order; null until answered.</summary>
    public (KeyRow Row, bool IsNew)[]? Answer { get; set; }

    public KeyConflictException? Conflict { get; set; }

    public bool IsDone => Answer is not null || Conflict is not null;

    public KeyIdentity IdentityOf(KeySpec spec) => new(ContentId, spec.Track, spec.Scheme, spec.CryptoPeriod);
}
