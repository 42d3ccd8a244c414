using System.Text.Json;
using DrmHub.Vault.Audit;

namespace DrmHub.Host.Pages.Rights;

/// <summary>The changes of one document, from the log.</summary>
internal static class ChangeLog
{
    private const string Personal = "subscriber";
    private const int Searched = 1000;

    /// <summary>Newest first. What a subscriber's changes say lies sealed under that subscriber's key; where the key is gone, only that there was a change is left.</summary>
    public static async Task<IReadOnlyList<(AuditRecord Entry, IReadOnlyList<Difference> Differences)>> FindAsync(AuditLog log, string kind, string id, int most, CancellationToken cancellationToken)
    {
        // A deal and a subscriber have columns of their own; changes of the rest are few enough to look through.
        var query = new AuditQuery { Kinds = [AuditKind.RightsChanged, AuditKind.Takedown], Deal = kind == "deal" ? id : null, Subject = kind == Personal ? id : null, Limit = kind == Personal ? most : Searched };
        var page = await log.QueryAsync(query, cancellationToken);
        var entries = page.Entries.Where(entry => entry.Details.GetValueOrDefault("document") == kind && (kind == Personal || entry.Details.GetValueOrDefault("id") == id)).Take(most);
        var changes = new List<(AuditRecord, IReadOnlyList<Difference>)>();
        foreach (var entry in entries) changes.Add((entry, Differences.FromEntry(kind == Personal ? await OpenAsync(log, entry, id, cancellationToken) : entry.Details)));
        return changes;
    }

    private static async Task<IReadOnlyDictionary<string, string>> OpenAsync(AuditLog log, AuditRecord entry, string id, CancellationToken cancellationToken)
    {
        if (await log.Duties.OpenPersonalAsync(entry.Index, "subject:" + id, cancellationToken) is not { } opened) return new Dictionary<string, string>();
        using var json = JsonDocument.Parse(opened);
        return json.RootElement.TryGetProperty("more", out var members) ? members.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString() ?? "", StringComparer.Ordinal) : [];
    }
}
