using System.Data.Common;
using System.Globalization;
using Dapper;

namespace DrmHub.Vault.Storage;

/// <summary>
/// Applies the embedded <c>Migrations/NNNN_name.sql</c> files in order, all in one transaction under a lock, so that two
/// nodes that start together apply each step once.
/// </summary>
internal static class Migrator
{
    /// <summary>An arbitrary constant: the advisory lock that all DrmHub nodes agree on.</summary>
    private const long AdvisoryLock = 0x44_52_4D_48_55_42;

    private const string Prefix = "DrmHub.Vault.Storage.Migrations.";

    public static async Task ApplyAsync(Database database, CancellationToken cancellationToken)
    {
        var steps = LoadSteps();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (database.IsPostgreSql)
            await connection.ExecuteAsync($"select pg_advisory_xact_lock({AdvisoryLock})", transaction: transaction).ConfigureAwait(false);

        await connection.ExecuteAsync("create table if not exists schema_version (version bigint primary key)", transaction: transaction).ConfigureAwait(false);
        var current = await connection.ExecuteScalarAsync<long?>("select max(version) from schema_version", transaction: transaction).ConfigureAwait(false) ?? 0;
        var newest = steps.Count == 0 ? 0 : steps[^1].Version;
        if (current > newest)
            throw new StorageException($"The database has schema version {current}; this program knows versions up to {newest}. Run the newer program, or restore a backup.");

        foreach (var (version, sql) in steps.Where(step => step.Version > current))
        {
            await connection.ExecuteAsync(sql, transaction: transaction).ConfigureAwait(false);
            await connection.ExecuteAsync("insert into schema_version (version) values (@version)", new { version }, transaction).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static List<(long Version, string Sql)> LoadSteps()
    {
        var assembly = typeof(Migrator).Assembly;
        var steps = new List<(long, string)>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            steps.Add((long.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture), reader.ReadToEnd()));
        }

        steps.Sort((left, right) => left.Item1.CompareTo(right.Item1));
        return steps;
    }
}
