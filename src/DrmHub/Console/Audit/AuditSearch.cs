using System.Globalization;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Audit;

namespace DrmHub.Host.Pages.Audit;

/// <summary>One thing that a searched word may be.</summary>
/// <param name="Filter">The filter that finds its entries.</param>
/// <param name="Newest">The newest entry; what the question is most likely about.</param>
internal sealed record SearchMatch(string Filter, string Value, AuditRecord Newest);

/// <summary>Finds out what somebody means who types a word: a subscriber, a title, a request, an entry. Exact matches only: ids are opaque.</summary>
internal static class AuditSearch
{
    private const int MaxLength = 256;

    /// <summary>Reading leaves one by one for a request id goes back so far.</summary>
    private static readonly TimeSpan RequestSpan = TimeSpan.FromDays(7);

    public static async Task<IReadOnlyList<SearchMatch>> FindAsync(AuditLog log, Reader reader, string word, IReadOnlyList<AuditKind> kinds, CancellationToken cancellationToken)
    {
        if (word.Length > MaxLength) return [];
        var matches = new List<SearchMatch>();
        await AddAsync("subscriber", word, new AuditQuery { Subject = word });
        await AddAsync("title", word, new AuditQuery { ContentId = word });
        if (word.Length == 32 && word.All(char.IsAsciiHexDigit)) await AddAsync("pseudonym", word.ToLowerInvariant(), new AuditQuery { Pseudonym = word });
        await AddAsync("reason", word, new AuditQuery { ReasonCode = word });
        await AddAsync("deal", word, new AuditQuery { Deal = word });
        await AddAsync("actor", word, new AuditQuery { Actor = word });
        await AddAsync("model", word, new AuditQuery { DeviceModel = word });
        if (Countries.IsCode(word.ToUpperInvariant())) await AddAsync("country", word.ToUpperInvariant(), new AuditQuery { Country = word.ToUpperInvariant() });
        if (matches.Count == 0 && word.Length >= 8) await AddAsync("request", word, new AuditQuery { RequestId = word, From = reader.Now - RequestSpan });
        return matches;

        async Task AddAsync(string filter, string value, AuditQuery query)
        {
            var page = await log.QueryAsync(query with { Limit = 1, Kinds = kinds }, cancellationToken);
            if (page.Entries is [var newest]) matches.Add(new SearchMatch(filter, value, newest));
        }
    }

    /// <summary>An entry's number, as the console and proofs write it.</summary>
    public static long? Index(string word) => word.StartsWith('#') && long.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}
