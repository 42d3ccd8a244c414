using System.Globalization;
using Dapper;

namespace DrmHub.Vault.Storage;

/// <summary>
/// Applies the embedded <c>Migrations/NNNN_name.sql</c> files that are missing, in order of their numbers, all in one
/// transaction under a lock, so that two nodes that start together apply each step once. Each room of the vault has a hundred
/// numbers of its own, so a lower number may arrive after a higher one: what counts is the set of applied steps.
/// </summary>
internal static class Migrator
{
    /// <summary>An arbitrary constant: the advisory lock that all DrmHub nodes agree on.</summary>
    private const long AdvisoryLock = 0x44_52_4D_48_55_42;

    private const string Prefix = "DrmHub.Vault.Storage.Migrations.";

    public static Task ApplyAsync(Database database, CancellationToken cancellationToken) =>
        ApplyAsync(database, LoadSteps(), cancellationToken);

    /// <exception cref="StorageException">The database has a step that <paramref name="steps"/> lacks: a newer program was here.</exception>
    internal static async Task ApplyAsync(Database database, IReadOnlyList<(long Version, string Sql)> steps, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (database.IsPostgreSql)
            await connection.ExecuteAsync($"select pg_advisory_xact_lock({AdvisoryLock})", transaction: transaction).ConfigureAwait(false);

        await connection.ExecuteAsync("create table if not exists schema_version (version bigint primary key)", transaction: transaction).ConfigureAwait(false);
        var applied = (await connection.QueryAsync<long>("select version from schema_version", transaction: transaction).ConfigureAwait(false)).ToHashSet();
        var unknown = applied.Except(steps.Select(step => step.Version)).Order().ToArray();
        if (unknown.Length > 0)
        {
            var list = string.Join(", ", unknown.Select(version => version.ToString("0000", CultureInfo.InvariantCulture)));
            throw new StorageException($"A newer program has changed the schema of this database (step {list}). Run that program, or restore a backup from before it.");
        }

        foreach (var (version, sql) in steps.Where(step => !applied.Contains(step.Version)).OrderBy(step => step.Version))
        {
            await connection.ExecuteAsync(ForDialect(sql, database.IsPostgreSql), transaction: transaction).ConfigureAwait(false);
            await connection.ExecuteAsync("insert into schema_version (version) values (@version)", new { version }, transaction).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The one difference between the dialects: the name of the collation that compares bytes. A unique index must not depend
    /// on the language rules of an operating system, which change with its upgrades.
    /// </summary>
    private static string ForDialect(string sql, bool isPostgreSql) =>
        isPostgreSql ? sql.Replace("collate binary", "collate \"C\"", StringComparison.Ordinal) : sql;

    private static List<(long Version, string Sql)> LoadSteps()
    {
        var assembly = typeof(Migrator).Assembly;
        var steps = new List<(long Version, string Sql)>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            steps.Add((long.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture), reader.ReadToEnd()));
        }

        if (steps.DistinctBy(step => step.Version).Count() != steps.Count)
            throw new InvalidOperationException("Two migrations have the same number.");
        return steps;
    }
}
