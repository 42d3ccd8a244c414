using Dapper;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class KeyTableTests(Servers servers)
{
    private static readonly string Lookup = Vault.Keys.KeyTable.ContentLookup.Replace("@content", "'title-4711'", StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_lookup_by_content_id_reads_the_index_alone(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        await Parallel.ForEachAsync(Enumerable.Range(0, 8000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, token) =>
            await node.Keys.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")], token));

        await using var connection = await node.Database.OpenConnectionAsync();
        if (engine == Engine.PostgreSql) await connection.ExecuteAsync("vacuum analyze content_keys");
        var plan = engine == Engine.PostgreSql
            ? string.Join('\n', await connection.QueryAsync<string>("explain " + Lookup))
            : string.Join('\n', (await connection.QueryAsync("explain query plan " + Lookup)).Select(row => (string)row.detail));
        Assert.Contains(engine == Engine.PostgreSql ? "Index Only Scan using content_keys_content" : "USING COVERING INDEX content_keys_content", plan, StringComparison.Ordinal);
        Assert.Equal(2, (await connection.QueryAsync(Lookup)).Count());
    }
}
