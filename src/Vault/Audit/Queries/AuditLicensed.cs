namespace DrmHub.Vault.Audit;

/// <summary>The answer to "was this title licensed in that territory between then and then".</summary>
/// <param name="Grants">Grants and renewals, newest first; each can be proved to be in the log.</param>
/// <param name="More">Whether there are more than the limit.</param>
/// <param name="Complete">Number of entries that were searched. That there is no other grant among them, one proves by reading them all.</param>
/// <param name="Head">The signed head that such a reader starts from; null before the first.</param>
public sealed record AuditLicensed(IReadOnlyList<AuditRecord> Grants, bool More, long Complete, string? Head);
