using System.CommandLine;
using DrmHub.Host.Hosting;
using DrmHub.Music;
using DrmHub.Music.Ddex;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Commands;

/// <summary>What the music commands work on: the catalogue, rights and audit log of the hub's own configuration, beside a hub that runs or not.</summary>
internal sealed class MusicSetup : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _opened = new();

    private MusicSetup()
    {
    }

    public IServiceProvider Services { get; private set; } = null!;

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A command over the catalogue: what it can do wrong is one line on standard error and exit code 1.</summary>
    public static Command Define(string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, MusicSetup, CancellationToken, Task<int>> action) =>
        ConfiguredCommand.Define(name, description, symbols, async (parsed, data, words, cancellationToken) =>
        {
            try
            {
                await using var setup = await OpenAsync(data, words, cancellationToken);
                return await action(parsed, setup, cancellationToken);
            }
            catch (Exception exception) when (exception is MusicException or ErnException or CatalogueConflictException or MasterKeyException or KeyVaultException or StorageException or AuditFormatException or AuditUnavailableException or RightsInvalidException or System.Data.Common.DbException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                return Failures.Say(exception.Message);
            }
        });

    public async ValueTask DisposeAsync()
    {
        while (_opened.TryPop(out var part)) await part.DisposeAsync();
    }

    private static async Task<MusicSetup> OpenAsync(string dataDirectory, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var configuration = HubConfiguration.Read(words);
        var setup = new MusicSetup();
        try
        {
            var database = setup.Own(await Database.OpenAsync(new StorageOptions { DataDirectory = dataDirectory, PostgreSql = configuration["Storage:PostgreSql"] }, cancellationToken));
            var vault = setup.Own(await KeyVault.OpenAsync(database, HubConfiguration.ReadVault(configuration), dataDirectory, isProduction: false, cancellationToken: cancellationToken));

            // The spool and the signer's file belong to the server that may be running, and so does the tree.
            var options = await AuditSettings.ReadAsync(vault, configuration, dataDirectory, cancellationToken) with { SpoolFile = null, SignerFile = null, Webhooks = [], Integrate = false };
            var audit = setup.Own(await AuditLog.OpenAsync(database, options, TimeProvider.System, cancellationToken: cancellationToken));
            var rights = setup.Own(await RightsStore.OpenAsync(database, audit, TimeProvider.System, cancellationToken: cancellationToken));
            var services = new ServiceCollection().AddLogging().AddAuthorizationCore().AddSingleton(TimeProvider.System).AddSingleton(database).AddSingleton(audit).AddSingleton(rights).AddSingleton(vault.Keys);
            MusicSettings.Add(services, configuration, vault, dataDirectory);
            setup.Services = setup.Own(services.BuildServiceProvider());
            return setup;
        }
        catch
        {
            await setup.DisposeAsync();
            throw;
        }
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _opened.Push(part);
        return part;
    }
}
