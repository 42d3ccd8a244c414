using System.Globalization;
using Dapper;

namespace DrmHub.Vault.Storage;

/// <summary>
/// Applies the embedded <c>Migrations/NNNN_name.sql</c> files that are missing, in order of their numbers, all in one
/// transaction under a lock, so that two nodes that start together apply each step once. Each room of the vault has a hundred
/// numbers of its own, so a lower number may arrive after a higher one: what counts is the set of applied steps.
/// </summary>
/// <remarks>
/// A step whose file begins with <c>-- Additive.</c> leaves everything in its place that programs without it use: it makes tables and indexes, and columns that are null or have
/// a default. The database remembers which steps those are, so that an older program runs on, starts again and is rolled back to beside them. A step that
/// takes something away does not begin so, and comes one version later than the program that needs it no more.
/// </remarks>
internal static class Migrator
{
    /// <summary>An arbitrary constant: the advisory lock that all DrmHub nodes agree on.</summary>
    private const long AdvisoryLock = 0x44_52_4D_48_55_42;

    /// <summary>How the file of a step begins beside which older programs run.</summary>
    internal const string AdditiveMark = "-- Additive.";

    /// <summary>How the file of a step begins beside which older programs run on PostgreSQL, and not on SQLite.</summary>
    internal const string AdditiveOnPostgreSqlMark = "-- Additive on PostgreSQL.";

    private const string Prefix = "DrmHub.Vault.Storage.Migrations.";

    public static Task<IReadOnlyList<long>> ApplyAsync(Database database, CancellationToken cancellationToken) =>
        ApplyAsync(database, LoadSteps(), cancellationToken);

    /// <returns>The additive steps of newer programs that are in the database.</returns>
    /// <exception cref="StorageException">The database has a step that <paramref name="steps"/> lacks and that is not additive: a newer program was here.</exception>
    internal static async Task<IReadOnlyList<long>> ApplyAsync(Database database, IReadOnlyList<(long Version, string Sql)> steps, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (database.IsPostgreSql)
            await connection.ExecuteAsync($"select pg_advisory_xact_lock({AdvisoryLock})", transaction: transaction).ConfigureAwait(false);

        await connection.ExecuteAsync("create table if not exists schema_version (version bigint primary key)", transaction: transaction).ConfigureAwait(false);
        var applied = (await connection.QueryAsync<long>("select version from schema_version", transaction: transaction).ConfigureAwait(false)).ToHashSet();
        await connection.ExecuteAsync("create table if not exists schema_additions (version bigint primary key)", transaction: transaction).ConfigureAwait(false);
        var additive = (await connection.QueryAsync<long>("select version from schema_additions", transaction: transaction).ConfigureAwait(false)).ToHashSet();
        var newer = applied.Except(steps.Select(step => step.Version)).Order().ToArray();
        var foreign = newer.Where(version => !additive.Contains(version)).Select(version => version.ToString("0000", CultureInfo.InvariantCulture)).ToArray();
        if (foreign.Length > 0)
            throw new StorageException($"A newer program has changed the schema of this database (step {string.Join(", ", foreign)}). Run that program, or restore a backup from before it.");

        foreach (var (version, sql) in steps.Where(step => !applied.Contains(step.Version)).OrderBy(step => step.Version))
        {
            await connection.ExecuteAsync(ForDialect(sql, database.IsPostgreSql), transaction: transaction).ConfigureAwait(false);
            await connection.ExecuteAsync("insert into schema_version (version) values (@version)", new { version }, transaction).ConfigureAwait(false);
        }

        // Steps that were applied before the database remembered this, too.
        foreach (var (version, _) in steps.Where(step => !additive.Contains(step.Version) && IsAdditive(step.Sql, database.IsPostgreSql)))
            await connection.ExecuteAsync("insert into schema_additions (version) values (@version)", new { version }, transaction).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return newer;
    }

    private static bool IsAdditive(string sql, bool isPostgreSql) =>
        sql.StartsWith(AdditiveMark, StringComparison.Ordinal) || (isPostgreSql && sql.StartsWith(AdditiveOnPostgreSqlMark, StringComparison.Ordinal));

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
