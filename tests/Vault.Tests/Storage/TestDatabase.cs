using System.Security.Cryptography;
using DrmHub.Testing;
using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Tests.Storage;

/// <summary>Both engines are rows of each contract test.</summary>
public enum Engine
{
    Sqlite,
    PostgreSql,
}

/// <summary>One PostgreSQL server for all tests of the project; started by the first that needs it.</summary>
public sealed class Servers : IDisposable
{
    private readonly Lazy<PostgresFixture> _postgres = new(() => new PostgresFixture());

    public PostgresFixture Postgres => _postgres.Value;

    public void Dispose()
    {
        if (_postgres.IsValueCreated) _postgres.Value.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class ServerCollection : ICollectionFixture<Servers>
{
    public const string Name = "servers";
}

/// <summary>Where one test keeps its data; any number of nodes may open it. Deleted afterwards.</summary>
public sealed class TestDatabase : IDisposable
{
    private TestDatabase(StorageOptions options) => Options = options;

    public StorageOptions Options { get; }

    public string DirectoryPath => Options.DataDirectory;

    public static async Task<TestDatabase> CreateAsync(Engine engine, Servers servers)
    {
        string? postgres = null;
        if (engine == Engine.PostgreSql)
        {
            Skip.If(servers.Postgres.Reason is not null, servers.Postgres.Reason);
            postgres = await servers.Postgres.CreateDatabaseAsync();
        }

        var directory = Path.Combine(Path.GetTempPath(), "drmhub-test-" + RandomNumberGenerator.GetHexString(12, lowercase: true));
        Directory.CreateDirectory(directory);
        return new TestDatabase(new StorageOptions { DataDirectory = directory, PostgreSql = postgres });
    }

    public Task<Database> OpenAsync() => Database.OpenAsync(Options);

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(DirectoryPath, recursive: true);
    }
}
