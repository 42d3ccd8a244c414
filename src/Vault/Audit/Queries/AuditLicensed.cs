namespace DrmHub.Vault.Audit;

/// <summary>The answer to "was this title licensed in that territory between then and then".</summary>
/// <param name="Entries">Grants and renewals, newest first; each can be proved to be in the log.</param>
/// <param name="Next">Cursor of the following, older page; null on the last one.</param>
/// <param name="Complete">Number of entries that were searched. That there is no other grant among them, one proves by reading them all (<see cref="Verify.LicensedSearch"/>).</param>
/// <param name="Head">The signed head that such a reader starts from; null before the first.</param>
public sealed record AuditLicensed(IReadOnlyList<AuditRecord> Entries, string? Next, long Complete, string? Head)
{
    /// <summary>The kinds of entries that say that a licence went out.</summary>
    public static IReadOnlyList<AuditKind> Grants { get; } = [AuditKind.LicenseGranted, AuditKind.LicenseRenewed];
}
