using System.Text.RegularExpressions;
using Dapper;
using DrmHub.Testing;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Tests.Storage;

[Collection(ServerCollection.Name)]
public sealed partial class MigratorTests(Servers servers)
{
    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Steps_of_several_rooms_may_arrive_in_any_order(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var database = await place.OpenAsync();
        (long, string)[] known = [.. (await AppliedAsync(database)).Select(version => (version, "select 1"))];
        (long, string) late = (9902, "create table late_steps (name text collate binary); insert into late_steps values ('9902')");
        (long, string) early = (9901, "insert into late_steps values ('9901')");
        await Migrator.ApplyAsync(database, [.. known, late], default);
        await Migrator.ApplyAsync(database, [.. known, early, late], default);
        await Migrator.ApplyAsync(database, [.. known, early, late], default);

        await using var connection = await database.OpenConnectionAsync();
        Assert.Equal(["9902", "9901"], await connection.QueryAsync<string>("select name from late_steps"));
        Assert.Equal((long[])[9901, 9902], (await AppliedAsync(database)).TakeLast(2));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_schema_that_a_newer_program_changed_is_refused_by_name(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using (var database = await place.OpenAsync())
        await using (var connection = await database.OpenConnectionAsync())
            await connection.ExecuteAsync("insert into schema_version (version) values (42)");

        var refusal = await Assert.ThrowsAsync<StorageException>(place.OpenAsync);
        Assert.Contains("0042", refusal.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_schema_that_a_newer_program_added_to_is_worked_with(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using (var database = await place.OpenAsync())
        {
            Assert.Empty(database.NewerSteps);
            (long, string)[] known = [.. (await AppliedAsync(database)).Select(version => (version, "select 1"))];
            Assert.Empty(await Migrator.ApplyAsync(database, [.. known, (9901, Migrator.AdditiveMark + "\ncreate table later (id bigint)")], default));
        }

        await using (var older = await place.OpenAsync()) Assert.Equal([9901], older.NewerSteps);
        await using (var database = await place.OpenAsync())
        await using (var connection = await database.OpenConnectionAsync())
            await connection.ExecuteAsync("insert into schema_version (version) values (9902)");
        var refusal = await Assert.ThrowsAsync<StorageException>(place.OpenAsync);
        Assert.Contains("9902", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("9901", refusal.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_step_that_adds_on_postgresql_only_is_refused_by_older_programs_on_sqlite(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using (var database = await place.OpenAsync())
        {
            (long, string)[] known = [.. (await AppliedAsync(database)).Select(version => (version, "select 1"))];
            await Migrator.ApplyAsync(database, [.. known, (9901, Migrator.AdditiveOnPostgreSqlMark + "\ncreate table later (id bigint)")], default);
        }

        if (engine == Engine.Sqlite) Assert.Contains("9901", (await Assert.ThrowsAsync<StorageException>(place.OpenAsync)).Message, StringComparison.Ordinal);
        else await using (var older = await place.OpenAsync()) Assert.Equal([9901], older.NewerSteps);
    }

    /// <summary>Which steps an older program runs beside, and that what their files say of themselves is so.</summary>
    [Fact]
    public void A_step_that_says_it_adds_takes_nothing_away()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src/Vault/Storage/Migrations"), "*.sql").ToDictionary(file => Path.GetFileName(file)[..4], File.ReadAllText);
        var additive = files.Where(file => file.Value.StartsWith(Migrator.AdditiveMark, StringComparison.Ordinal) || file.Value.StartsWith(Migrator.AdditiveOnPostgreSqlMark, StringComparison.Ordinal)).ToList();

        Assert.Equal(["0104"], files.Where(file => file.Value.StartsWith(Migrator.AdditiveOnPostgreSqlMark, StringComparison.Ordinal)).Select(file => file.Key));
        Assert.Equal(["0202"], files.Keys.Except(additive.Select(file => file.Key)));
        foreach (var (step, sql) in additive)
        {
            Assert.False(TakesAway().IsMatch(sql), step);
            Assert.DoesNotContain(AddedColumn().Matches(sql), column => column.Value.Contains("not null", StringComparison.Ordinal) && !column.Value.Contains("default", StringComparison.Ordinal));
        }

        Assert.Matches(TakesAway(), files["0202"]);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_step_that_fails_leaves_nothing(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var database = await place.OpenAsync();
        var before = await AppliedAsync(database);
        (long, string)[] steps = [.. before.Select(version => (version, "select 1")), (9901, "create table half_done (id bigint)"), (9902, "create nonsense")];
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Migrator.ApplyAsync(database, steps, default));

        Assert.Equal(before, await AppliedAsync(database));
        await using var connection = await database.OpenConnectionAsync();
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => connection.ExecuteAsync("select * from half_done"));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Nodes_that_start_at_once_migrate_once(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        var nodes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(place.OpenAsync)));
        foreach (var node in nodes)
        {
            Assert.Equal((await AppliedAsync(node)).Distinct(), await AppliedAsync(node));
            await node.DisposeAsync();
        }
    }

    [GeneratedRegex(@"\b(drop\s+(table|column|view)|rename|set\s+not\s+null|alter\s+column|add\s+(constraint|check|unique|foreign)|^\s*(delete|update)\b)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex TakesAway();

    [GeneratedRegex(@"add\s+column[^;]+;", RegexOptions.IgnoreCase)]
    private static partial Regex AddedColumn();

    private static async Task<long[]> AppliedAsync(Database database)
    {
        await using var connection = await database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<long>("select version from schema_version order by version")];
    }
}
