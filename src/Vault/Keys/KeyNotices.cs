using Dapper;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys;

/// <summary>What nodes tell each other about changed keys, by NOTIFY on PostgreSQL; on SQLite there is one node.</summary>
internal static class KeyNotices
{
    public const string Channel = "drmhub_keys";

    /// <summary>Everything that is cached may be out of date.</summary>
    public const string All = "*";

    public static async Task SendAllAsync(Database database, CancellationToken cancellationToken)
    {
        if (!database.IsPostgreSql) return;
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition("select pg_notify(@Channel, @All)", new { Channel, All }, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }
}
