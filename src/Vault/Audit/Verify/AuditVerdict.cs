namespace DrmHub.Vault.Audit.Verify;

/// <summary>What a check of a log found first.</summary>
public enum AuditFault
{
    None,

    /// <summary>The head is missing, malformed or not signed by the key.</summary>
    Head,

    /// <summary>The signed head does not follow from the one that was known before.</summary>
    Fork,

    /// <summary>Hashes were altered, so that the place cannot be told more closely than by the range of entries.</summary>
    Hashes,

    /// <summary>An entry has other bytes than were logged.</summary>
    Changed,

    Removed,

    Added,

    Reordered,
}

/// <summary>The outcome of a check.</summary>
/// <param name="Fault">The first fault, or <see cref="AuditFault.None"/>.</param>
/// <param name="Index">The first entry that it concerns; null where no entry can be named.</param>
/// <param name="Size">Entries under the signed head.</param>
/// <param name="Checked">Entries whose bytes were compared; less than <paramref name="Size"/> where months were retired.</param>
/// <param name="Message">One sentence.</param>
public sealed record AuditVerdict(AuditFault Fault, long? Index, long Size, long Checked, string Message)
{
    public bool IsSound => Fault == AuditFault.None;
}
