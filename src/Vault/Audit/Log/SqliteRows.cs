using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Inserts many rows into a table of SQLite by one compiled statement, without an object for each value: what the provider's parameters cost is more than
/// what SQLite does with them. Within the connection's transaction.
/// </summary>
internal sealed class SqliteRows : IRowWriter, IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _insert;
    private byte[] _text = new byte[512];
    private int _column;

    /// <param name="columns">As a list with commas.</param>
    public SqliteRows(SqliteConnection connection, string table, string columns)
    {
        _connection = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        var values = string.Join(", ", Enumerable.Repeat("?", columns.Count(character => character == ',') + 1));
        Check(raw.sqlite3_prepare_v2(_connection, $"insert into {table} ({columns}) values ({values})", out _insert));
    }

    public void Add(long value) => Check(raw.sqlite3_bind_int64(_insert, ++_column, value));

    public void Add(string? value)
    {
        if (value is null)
        {
            AddNull();
            return;
        }

        // By length: a U+0000 in it is part of it.
        var most = System.Text.Encoding.UTF8.GetMaxByteCount(value.Length);
        if (_text.Length < most) _text = new byte[most];
        Check(raw.sqlite3_bind_text(_insert, ++_column, _text.AsSpan(0, System.Text.Encoding.UTF8.GetBytes(value, _text))));
    }

    public void Add(ReadOnlySpan<byte> value) => Check(raw.sqlite3_bind_blob(_insert, ++_column, value));

    public void AddNull() => Check(raw.sqlite3_bind_null(_insert, ++_column));

    /// <summary>Writes the row whose values were added.</summary>
    public void End()
    {
        _column = 0;
        var code = raw.sqlite3_step(_insert);
        raw.sqlite3_reset(_insert);
        if (code != raw.SQLITE_DONE) Check(code);
    }

    public void Dispose() => _insert.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) throw new SqliteException(raw.sqlite3_errmsg(_connection).utf8_to_string(), code, raw.sqlite3_extended_errcode(_connection));
    }
}
