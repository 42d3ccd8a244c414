using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Testing;

/// <summary>A whole vault on SQLite in a folder of its own, or on a PostgreSQL database; the folder is deleted afterwards.</summary>
internal sealed class TestVault : IAsyncDisposable
{
    private TestVault(string folder, Database database, KeyVault vault, AuditLog audit, RightsStore rights)
    {
        Folder = folder;
        Database = database;
        Vault = vault;
        Audit = audit;
        Rights = rights;
    }

    public string Folder { get; }

    public Database Database { get; }

    public KeyVault Vault { get; }

    public KeyStore Keys => Vault.Keys;

    public AuditLog Audit { get; }

    public RightsStore Rights { get; }

    public static async Task<TestVault> OpenAsync(TimeProvider? time = null, string? postgreSql = null)
    {
        time ??= TimeProvider.System;
        var folder = Directory.CreateTempSubdirectory("drmhub-vault-").FullName;
        var database = await Database.OpenAsync(new StorageOptions { DataDirectory = folder, PostgreSql = postgreSql });
        var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), folder, isProduction: false, time);
        var audit = await AuditLog.OpenAsync(
            database,
            new AuditOptions
            {
                LogKeySeed = await vault.GetOrCreateSecretAsync("audit.log-key", AuditOptions.SecretSize),
                PseudonymKey = await vault.GetOrCreateSecretAsync("audit.pseudonyms", AuditOptions.SecretSize),
            },
            time);
        return new TestVault(folder, database, vault, audit, await RightsStore.OpenAsync(database, audit, time));
    }

    /// <summary>The newest entries of the log, without those about the rights that a test set up.</summary>
    public async Task<IReadOnlyList<AuditRecord>> EntriesAsync() =>
        [.. (await Audit.QueryAsync(new AuditQuery { Limit = AuditQuery.MaxLimit })).Entries.Where(entry => entry.Kind != AuditKind.RightsChanged || entry.Actor != RightsActor.Hub.Name)];

    public async ValueTask DisposeAsync()
    {
        await Rights.DisposeAsync();
        await Audit.DisposeAsync();
        await Vault.DisposeAsync();
        await Database.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Folder, recursive: true);
    }
}
