using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Audit.Notes;

namespace DrmHub.Vault.Audit.Verify;

/// <summary>
/// "Was this title licensed in that territory between then and then", answered by reading every entry of a log while it is verified: the only
/// proof that there was no licence, and it needs no trust in whoever keeps the log.
/// </summary>
/// <param name="From">Inclusive; null leaves that side open.</param>
/// <param name="Until">Exclusive; null leaves that side open.</param>
public sealed record LicensedSearch(string ContentId, string Country, DateTimeOffset? From, DateTimeOffset? Until)
{
    public async Task<LicensedProof> RunAsync(LogSource source, NoteKey key, CancellationToken cancellationToken = default)
    {
        var grants = new List<AuditRecord>();
        var verdict = await AuditVerifier.VerifyAsync(source, key, read: (index, leaf) =>
        {
            if (Find(index, leaf) is { } grant) grants.Add(grant);
        }, cancellationToken: cancellationToken).ConfigureAwait(false);
        return new LicensedProof(verdict, verdict.IsSound ? grants : []);
    }

    private AuditRecord? Find(long index, ReadOnlyMemory<byte> leaf)
    {
        AuditRecord record;
        try
        {
            record = LeafReader.Read(index, leaf);
        }
        catch (AuditFormatException)
        {
            // Logged like this and true to its hash, but no entry of a version that is known here: no grant in our words.
            return null;
        }

        return record.ContentId == ContentId && record.Country == Country && AuditLicensed.Grants.Contains(record.Kind) && !(record.At < From) && !(record.At >= Until) ? record : null;
    }
}

/// <param name="Verdict">Where it is not sound, there is no answer.</param>
/// <param name="Grants">Every grant and renewal, oldest first.</param>
public sealed record LicensedProof(AuditVerdict Verdict, IReadOnlyList<AuditRecord> Grants)
{
    /// <summary>Every entry under the signed head was read: nothing can be missing. False where old months are in other files.</summary>
    public bool IsComplete => Verdict.IsSound && Verdict.Checked == Verdict.Size;
}
