namespace DrmHub.Vault.Audit;

/// <summary>A witness that cosigns the log's heads (C2SP tlog-witness).</summary>
public sealed record WitnessOptions
{
    /// <summary>Submission prefix: <c>add-checkpoint</c> is appended to it.</summary>
    public required Uri Url { get; init; }

    /// <summary>Verifier key of type 0x04: <c>name+hash+base64</c>.</summary>
    public required string Key { get; init; }
}
