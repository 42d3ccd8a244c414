using System.Data.Common;
using System.Globalization;
using System.Text;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>Turns a question into SQL and rows into records. Every value is a parameter.</summary>
internal sealed class EntryQueries(Database database, SubjectKeys subjects)
{
    /// <exception cref="ArgumentException">Limit, cursor or pseudonym are not well formed.</exception>
    public async Task<(List<AuditRecord> Entries, string? Next)> ReadAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        if (query.Limit is < 1 or > AuditQuery.MaxLimit) throw new ArgumentException($"A page has 1 to {AuditQuery.MaxLimit} entries.", nameof(query));
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        if (!await BuildAsync(command, query, cancellationToken).ConfigureAwait(false)) return ([], null);

        var entries = new List<AuditRecord>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            entries.Add(LeafReader.Read(reader.GetInt64(0), (byte[])reader.GetValue(1)));
        if (entries.Count <= query.Limit) return (entries, null);
        entries.RemoveAt(query.Limit);
        return (entries, Cursor(entries[^1]));
    }

    /// <summary>Everything that the filters find, one row in memory at a time; limit and cursor do not apply.</summary>
    /// <param name="inOrder">Newest first. Else as the database finds them, which saves it a sort of everything.</param>
    public async IAsyncEnumerable<(long Index, byte[] Leaf)> StreamAsync(AuditQuery query, bool inOrder, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        if (!await BuildAsync(command, query with { Cursor = null }, cancellationToken, isPaged: false, inOrder).ConfigureAwait(false)) yield break;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
    }

    /// <returns>False where the answer is known to be empty.</returns>
    internal async Task<bool> BuildAsync(DbCommand command, AuditQuery query, CancellationToken cancellationToken, bool isPaged = true, bool inOrder = true)
    {
        if (await WhereAsync(command, query, cancellationToken).ConfigureAwait(false) is not { } where) return false;
        command.CommandText = $"select idx, leaf from audit_entry{where}{(inOrder ? " order by at desc, idx desc" : "")}{(isPaged ? " limit @limit" : "")}";
        if (isPaged) command.Bind("limit", (long)query.Limit + 1);
        return true;
    }

    /// <returns>The condition with its parameters bound, empty where everything is asked for; null where the answer is known to be empty.</returns>
    internal async Task<StringBuilder?> WhereAsync(DbCommand command, AuditQuery query, CancellationToken cancellationToken)
    {
        var where = new StringBuilder();
        var pseudonym = Pseudonym(query.Pseudonym);
        if (query.Subject is not null)
        {
            var key = await subjects.FindAsync("subject:" + query.Subject, cancellationToken).ConfigureAwait(false);
            if (key is null || (pseudonym is not null && !key.Pseudonym.AsSpan().SequenceEqual(pseudonym))) return null;
            pseudonym = key.Pseudonym;
            if (query.Device is not null) Equal("device", key.DevicePseudonym(query.Device));
        }
        else if (query.Device is not null)
        {
            throw new ArgumentException("A device is asked for together with its subscriber.", nameof(query));
        }

        Equal("subject", pseudonym);
        Equal("kind", query.Kind is { } kind ? (long)kind : null);
        if (query.Kinds.Count > 0) where.Append(where.Length == 0 ? " where " : " and ").Append("kind in (").AppendJoin(',', query.Kinds.Select(static any => (int)any)).Append(')');
        // Says to the database what the list implies: the index of changes holds these kinds only.
        if (query.Kinds.Count > 0 && query.Kinds.All(static any => any > AuditKind.SessionEnded)) where.Append(" and kind > 7");
        Equal("actor", query.Actor);
        Equal("content", query.ContentId);
        Equal("deal", query.Deal);
        Equal("reason", query.ReasonCode);
        Equal("system", query.System is { } system ? (long)system : null);
        Equal("level", query.SecurityLevel);
        Equal("model", query.DeviceModel);
        Equal("country", query.Country);
        if (query.Track is not null) And("tracks like @track escape '\\'", "track", "%," + Escape(query.Track) + ",%");
        if (query.From is { } from) And("at >= @from", "from", from.ToUnixTimeMilliseconds());
        if (query.Until is { } until) And("at < @until", "until", until.ToUnixTimeMilliseconds());
        if (database.IsPostgreSql && (query.From ?? query.Until) is not null
            && await EntryMonths.FindAsync(command.Connection!, query.From?.ToUnixTimeMilliseconds(), query.Until?.ToUnixTimeMilliseconds(), cancellationToken).ConfigureAwait(false) is { } months)
        {
            // As numbers in the text, so that the other partitions are out of the plan.
            if (months.Count == 0) return null;
            where.Append(where.Length == 0 ? " where " : " and ").Append("month in (").AppendJoin(',', months).Append(')');
        }

        if (query.Cursor is not null)
        {
            var (at, index) = ReadCursor(query.Cursor);
            command.Bind("cursor_idx", index);
            And("(at, idx) < (@cursor_at, @cursor_idx)", "cursor_at", at);
        }

        if (query.RequestId is { Length: > 0 } request)
        {
            And(database.IsPostgreSql ? "position(@request in leaf) > 0" : "instr(leaf, @request) > 0", "request", RequestMember(request));
        }

        return where;

        void Equal(string column, object? value)
        {
            if (value is string text && text.Contains('\0', StringComparison.Ordinal)) value = text.Replace("\0", "", StringComparison.Ordinal);
            if (value is not null) And($"{column} = @{column}", column, value);
        }

        void And(string condition, string name, object value)
        {
            where.Append(where.Length == 0 ? " where " : " and ").Append(condition);
            command.Bind(name, value);
        }
    }

    /// <summary>The member as it stands in a leaf.</summary>
    private static byte[] RequestMember(string request)
    {
        var writer = new Encoding.CanonicalWriter();
        writer.BeginObject();
        writer.Member("request", request);
        writer.EndObject();
        return writer.Written[1..^1].ToArray();
    }

    private static byte[]? Pseudonym(string? hex)
    {
        if (hex is null) return null;
        if (hex.Length != 32 || !hex.All(char.IsAsciiHexDigit)) throw new ArgumentException("A pseudonym has 32 hex digits.");
        return Convert.FromHexString(hex);
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static string Cursor(AuditRecord last) => string.Create(CultureInfo.InvariantCulture, $"{last.At.ToUnixTimeMilliseconds()}.{last.Index}");

    private static (long At, long Index) ReadCursor(string cursor)
    {
        var dot = cursor.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0
            && long.TryParse(cursor.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && long.TryParse(cursor.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return (at, index);
        }

        throw new ArgumentException("The cursor is not one that this log gave.");
    }
}
