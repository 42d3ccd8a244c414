using System.Globalization;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Audit;

namespace DrmHub.Host.Pages.Audit;

/// <summary>The filters of the log in an address: what is shown can be sent to somebody else, who sees the same.</summary>
public sealed record AuditFilters
{
    /// <summary>Names of the filters that are a value each, as the search line writes them.</summary>
    public static readonly IReadOnlyList<string> Names = ["subscriber", "pseudonym", "title", "reason", "deal", "country", "system", "level", "model", "track", "actor", "request", "kind"];

    public static readonly IReadOnlyList<(string Value, string Title, TimeSpan? Span)> Periods =
    [
        ("1h", "Hour", TimeSpan.FromHours(1)), ("24h", "Day", TimeSpan.FromDays(1)), ("7d", "Week", TimeSpan.FromDays(7)), ("30d", "Month", TimeSpan.FromDays(30)), ("all", "All", null),
    ];

    private const string DefaultPeriod = "7d";

    private static readonly AuditKind[] s_granted = [AuditKind.LicenseGranted, AuditKind.LicenseRenewed, AuditKind.KeysIssued];
    private static readonly AuditKind[] s_refused = [AuditKind.LicenseRefused, AuditKind.KeysRefused];
    private static readonly AuditKind[] s_changes = [AuditKind.RightsChanged, AuditKind.Takedown, AuditKind.Administration, AuditKind.Import, AuditKind.Export, AuditKind.Erasure];

    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary><c>granted</c>, <c>refused</c>, <c>changes</c>, or null for every entry.</summary>
    public string? Outcome { get; init; }

    public string Period { get; init; } = DefaultPeriod;

    /// <summary>A day in the reader's zone, inclusive; with <see cref="Until"/> in place of a period.</summary>
    public DateOnly? From { get; init; }

    /// <summary>A day in the reader's zone, inclusive.</summary>
    public DateOnly? Until { get; init; }

    public string? Cursor { get; init; }

    /// <summary>Index of the entry that is open beside the list.</summary>
    public long? Open { get; init; }

    /// <summary>Words that name no filter, for the search to find out what they are.</summary>
    public string? Loose { get; init; }

    public bool IsEmpty => Values.Count == 0 && Outcome is null;

    public string? this[string name] => Values.GetValueOrDefault(name);

    public static AuditFilters Read(IQueryCollection query)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Names)
            if (One(query, name) is { } value) values[name] = value;
        var filters = new AuditFilters
        {
            Values = values,
            Outcome = One(query, "outcome") is { } outcome and ("granted" or "refused" or "changes") ? outcome : null,
            Period = One(query, "last") is { } last && Periods.Any(period => period.Value == last) ? last : DefaultPeriod,
            From = Date(One(query, "from")),
            Until = Date(One(query, "until")),
            Cursor = One(query, "cursor"),
            Open = long.TryParse(One(query, "open"), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null,
        };
        return One(query, "q") is { } line ? filters.WithLine(line) : filters;
    }

    /// <summary>What the search line says, <c>name:value</c> or <c>name:"a value"</c>, in place of the values so far.</summary>
    public AuditFilters WithLine(string line)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var loose = new List<string>();
        foreach (var word in Words(line))
        {
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && colon < word.Length - 1 && Names.Contains(word[..colon].ToLowerInvariant())) values[word[..colon].ToLowerInvariant()] = word[(colon + 1)..];
            else loose.Add(word);
        }

        return this with { Values = values, Loose = loose.Count > 0 ? string.Join(' ', loose) : null, Cursor = null };
    }

    /// <summary>The search line that says the same.</summary>
    public string ToLine() => string.Join(' ', [.. Values.Select(pair => $"{pair.Key}:{(pair.Value.Contains(' ', StringComparison.Ordinal) ? $"\"{pair.Value}\"" : pair.Value)}"), .. Loose is null ? [] : new[] { Loose.Contains(':', StringComparison.Ordinal) ? $"\"{Loose}\"" : Loose }]);

    public AuditFilters With(string name, string? value)
    {
        var values = new SortedDictionary<string, string>(Values.ToDictionary(), StringComparer.Ordinal);
        if (value is null) values.Remove(name);
        else values[name] = value;
        return this with { Values = values, Cursor = null, Open = null };
    }

    /// <summary>The log with this one filter, over the usual period.</summary>
    public static string ToFilter(string name, string value) => new AuditFilters { Values = new Dictionary<string, string> { [name] = value } }.Address();

    public static string? SystemCode(DrmSystem? system) => s_systems.FirstOrDefault(pair => pair.Value == system && system is not null).Key;

    public string Address(string path = "/console/audit")
    {
        var pairs = new List<KeyValuePair<string, string>>(Values);
        void Add(string name, string? value)
        {
            if (value is { Length: > 0 }) pairs.Add(new(name, value));
        }

        Add("q", Loose);
        Add("outcome", Outcome);
        Add("last", From is null && Until is null && Period != DefaultPeriod ? Period : null);
        Add("from", From?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Add("until", Until?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Add("cursor", Cursor);
        Add("open", Open?.ToString(CultureInfo.InvariantCulture));
        if (pairs.Count == 0) return path;
        var text = new StringBuilder(path);
        for (var i = 0; i < pairs.Count; i++) text.Append(i == 0 ? '?' : '&').Append(pairs[i].Key).Append('=').Append(Uri.EscapeDataString(pairs[i].Value));
        return text.ToString();
    }

    /// <returns>The question to the log, or the sentence that says what is wrong with a filter.</returns>
    public (AuditQuery? Query, string? Problem) ToQuery(Reader reader)
    {
        AuditKind? kind = null;
        if (this["kind"] is { } kindName)
        {
            if (!AuditKinds.TryParse(kindName, out var parsed)) return (null, $"There is no kind of entry called {kindName}. There are: {string.Join(", ", Enum.GetValues<AuditKind>().Select(one => one.ToName()))}.");
            kind = parsed;
        }

        DrmSystem? system = null;
        if (this["system"] is { } systemName)
        {
            system = s_systems.GetValueOrDefault(systemName.ToLowerInvariant().Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
            if (system is null) return (null, $"There is no DRM system called {systemName}. There are: {string.Join(", ", s_systems.Keys)}.");
        }

        if (this["pseudonym"] is { } pseudonym && !(pseudonym.Length == 32 && pseudonym.All(char.IsAsciiHexDigit))) return (null, "A pseudonym has 32 hex digits.");
        var (from, until) = Span(reader);
        return (new AuditQuery
        {
            Kind = kind,
            Kinds = Outcome switch { "granted" => s_granted, "refused" => s_refused, "changes" => s_changes, _ => [] },
            Subject = this["subscriber"],
            Pseudonym = this["pseudonym"]?.ToLowerInvariant(),
            Actor = this["actor"],
            ContentId = this["title"],
            Deal = this["deal"],
            ReasonCode = this["reason"],
            System = system,
            SecurityLevel = this["level"],
            DeviceModel = this["model"],
            Country = this["country"]?.ToUpperInvariant(),
            Track = this["track"],
            RequestId = this["request"],
            From = from,
            Until = until,
            Cursor = Cursor,
        }, null);
    }

    public (DateTimeOffset? From, DateTimeOffset? Until) Span(Reader reader)
    {
        if (From is not null || Until is not null) return (StartOf(From, reader), StartOf(Until?.AddDays(1), reader));
        return Periods.First(period => period.Value == Period).Span is { } span ? (reader.Now - span, null) : (null, null);
    }

    private static DateTimeOffset? StartOf(DateOnly? day, Reader reader)
    {
        if (day is not { } date) return null;
        var local = date.ToDateTime(TimeOnly.MinValue);

        // A zone may skip midnight when its clocks change: the day then begins at the first time there is.
        while (reader.Zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        return new DateTimeOffset(local, reader.Zone.GetUtcOffset(local));
    }

    private static readonly Dictionary<string, DrmSystem?> s_systems = new()
    {
        ["widevine"] = DrmSystem.Widevine, ["playready"] = DrmSystem.PlayReady, ["fairplay"] = DrmSystem.FairPlay, ["clearkey"] = DrmSystem.ClearKey, ["aes128"] = DrmSystem.Aes128,
    };

    private static string? One(IQueryCollection query, string name) => query[name] is [{ Length: > 0 and <= 512 } value, ..] ? value.Trim() is { Length: > 0 } text ? text : null : null;

    private static DateOnly? Date(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is > 1970 and < 9999 ? date : null;

    private static IEnumerable<string> Words(string line)
    {
        var word = new StringBuilder();
        var quoted = false;
        foreach (var c in line)
        {
            if (c == '"') quoted = !quoted;
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (word.Length > 0) yield return word.ToString();
                word.Clear();
            }
            else word.Append(c);
        }

        if (word.Length > 0) yield return word.ToString();
    }
}
