using System.Data.Common;

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
}
