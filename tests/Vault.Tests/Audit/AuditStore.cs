using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>A fresh database of the asked kind, and logs over it with keys that never change.</summary>
internal sealed class AuditStore : IAsyncDisposable
{
    public static readonly byte[] Seed = Convert.FromHexString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    public static readonly byte[] Secret = Convert.FromHexString("606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f");

    private readonly List<AuditLog> _logs = [];

    private AuditStore(Database database, StorageOptions options, string directory)
    {
        Database = database;
        Options = options;
        Folder = directory;
    }

    public Database Database { get; }

    public ErrorLog Errors { get; } = new();

    public StorageOptions Options { get; }

    public string Folder { get; }

    /// <summary>Theory rows: every contract test runs on both.</summary>
    public static TheoryData<string> Kinds => ["sqlite", "postgresql"];

    public static async Task<AuditStore> CreateAsync(string kind)
    {
        if (kind == "postgresql") Skip.If(AuditPostgres.Fixture.Reason is not null, AuditPostgres.Fixture.Reason);
        var directory = Directory.CreateTempSubdirectory("drmhub-audit").FullName;
        var options = kind == "sqlite"
            ? new StorageOptions { DataDirectory = directory }
            : new StorageOptions { DataDirectory = directory, PostgreSql = await AuditPostgres.Fixture.CreateDatabaseAsync() };
        return new AuditStore(await Database.OpenAsync(options), options, directory);
    }

    public static AuditOptions DefaultOptions => new()
    {
        LogKeySeed = Seed,
        PseudonymKey = Secret,
        Origin = "drmhub.example/audit",
        Node = "test",
        IntegrateInterval = TimeSpan.FromMilliseconds(20),
        CheckpointInterval = TimeSpan.FromMilliseconds(20),
        QueryPatience = TimeSpan.FromSeconds(10),
    };

    public Task<AuditLog> OpenAsync(TimeProvider? time = null) => OpenAsync(DefaultOptions, time);

    public async Task<AuditLog> OpenAsync(AuditOptions options, TimeProvider? time = null)
    {
        var log = await AuditLog.OpenAsync(Database, options, time ?? TimeProvider.System, Errors);
        _logs.Add(log);
        return log;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _logs) await log.DisposeAsync();
        await Database.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A file that is still open elsewhere stays for the system to clean.
        }
    }
}
