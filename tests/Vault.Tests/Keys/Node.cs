using DrmHub.Vault.Keys;
using DrmHub.Vault.Storage;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

/// <summary>One node over a place that others may share: its own connections, its own caches, the same master key file.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly KeyVault _vault;

    private Node(Database database, KeyVault vault)
    {
        Database = database;
        _vault = vault;
    }

    public Database Database { get; }

    public KeyVault Vault => _vault;

    public KeyStore Keys => _vault.Keys;

    public static async Task<Node> OpenAsync(TestDatabase place, KeyStoreOptions? options = null, TimeProvider? time = null)
    {
        var database = await place.OpenAsync();
        return new Node(database, await KeyVault.OpenAsync(database, options ?? new KeyStoreOptions(), place.DirectoryPath, isProduction: false, time));
    }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        await Database.DisposeAsync();
    }
}
