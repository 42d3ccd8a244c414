using System.Security.Cryptography;
using Dapper;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>Rights over a database of the test's own, with a log; more nodes can be opened over the same.</summary>
internal sealed class RightsNode : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StorageOptions _storage;

    private RightsNode(TemporaryFolder folder, StorageOptions storage, Database database, AuditLog audit, RightsStore store)
    {
        _folder = folder;
        _storage = storage;
        Database = database;
        Audit = audit;
        Store = store;
    }

    public Database Database { get; }

    public AuditLog Audit { get; }

    public RightsStore Store { get; }

    public static async Task<RightsNode> OpenAsync(PostgresFixture postgres, bool onPostgres)
    {
        Skip.If(onPostgres && postgres.Reason is not null, postgres.Reason);
        var folder = new TemporaryFolder();
        var storage = new StorageOptions { DataDirectory = folder["db"], PostgreSql = onPostgres ? await postgres.CreateDatabaseAsync() : null };
        var database = await Database.OpenAsync(storage);
        var audit = await AuditLog.OpenAsync(
            database,
            new AuditOptions { LogKeySeed = RandomNumberGenerator.GetBytes(AuditOptions.SecretSize), PseudonymKey = RandomNumberGenerator.GetBytes(AuditOptions.SecretSize) },
            TimeProvider.System);
        return new RightsNode(folder, storage, database, audit, await RightsStore.OpenAsync(database, audit, TimeProvider.System));
    }

    public Task<RightsStore> OpenAnotherAsync(RightsOptions? options = null) => RightsStore.OpenAsync(Database, Audit, TimeProvider.System, options);

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, new { id = RandomNumberGenerator.GetBytes(16) });
    }

    public async Task<long> CountAsync(string table)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<long>($"select count(*) from {table}");
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Audit.DisposeAsync();
        await Database.DisposeAsync();
        if (_storage.PostgreSql is null) Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }
}
