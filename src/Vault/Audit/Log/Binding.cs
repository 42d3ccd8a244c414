using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Audit;

/// <summary>Named parameters for statements on hot paths, where both providers take the same spelling.</summary>
internal static class Binding
{
    public static DbCommand Bind(this DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@" + name; // Without its sign SQLite's provider tries all three signs at every execution.
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>A statement that is run again and again with other values of these parameters.</summary>
    public static SqliteCommand Compile(this SqliteConnection connection, string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters) command.Bind(name, null);
        return command;
    }
}
