using System.CommandLine;
using DrmHub.Host.Hosting;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Commands;

/// <summary>What the packagers' commands work on: the store and the audit log of the hub's own configuration, beside a hub that runs or not.</summary>
internal sealed class PackagersSetup : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _opened = new();

    private PackagersSetup()
    {
    }

    public PackagerStore Store { get; private set; } = null!;

    public AuditLog Audit { get; private set; } = null!;

    /// <summary>A command over the store: what it can do wrong is one line on standard error and exit code 1.</summary>
    public static Command Define(string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, PackagersSetup, CancellationToken, Task<int>> action) =>
        ConfiguredCommand.Define(name, description, symbols, async (parsed, data, words, cancellationToken) =>
        {
            try
            {
                await using var setup = await OpenAsync(data, words, cancellationToken);
                return await action(parsed, setup, cancellationToken);
            }
            catch (Exception exception) when (exception is MasterKeyException or KeyVaultException or StorageException or AuditFormatException or AuditUnavailableException or System.Data.Common.DbException or IOException or UnauthorizedAccessException or ArgumentException or FormatException or System.Security.Cryptography.CryptographicException)
            {
                return Failures.Say(exception.Message);
            }
        });

    /// <summary>Records a change; it is durable when this returns.</summary>
    public Task RecordAsync(string action, string packager, CredentialKind? kind, IReadOnlyDictionary<string, string>? details, CancellationToken cancellationToken)
    {
        var all = new Dictionary<string, string>(details ?? new Dictionary<string, string>()) { ["action"] = action, ["packager"] = packager };
        if (kind is { } known) all["credential"] = known.ToName();
        return Audit.AppendAsync(new AuditEntry { Kind = AuditKind.Administration, Actor = "command line", Details = all }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Store?.Dispose();
        while (_opened.TryPop(out var part)) await part.DisposeAsync();
    }

    private static async Task<PackagersSetup> OpenAsync(string dataDirectory, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var configuration = HubConfiguration.Read(words);
        var setup = new PackagersSetup();
        try
        {
            var database = await Database.OpenAsync(new StorageOptions { DataDirectory = dataDirectory, PostgreSql = configuration["Storage:PostgreSql"] }, cancellationToken);
            setup._opened.Push(database);

            // Whoever runs this has the master key in hand; the refusal of a file in Production is the server's.
            var vault = await KeyVault.OpenAsync(database, HubConfiguration.ReadVault(configuration), dataDirectory, isProduction: false, cancellationToken: cancellationToken);
            setup._opened.Push(vault);

            // The spool and the signer's file belong to the server that may be running, and so does the tree.
            var options = await AuditSettings.ReadAsync(vault, configuration, dataDirectory, cancellationToken) with { SpoolFile = null, SignerFile = null, Webhooks = [], Integrate = false };
            setup.Audit = await AuditLog.OpenAsync(database, options, TimeProvider.System, cancellationToken: cancellationToken);
            setup._opened.Push(setup.Audit);
            setup.Store = await PackagerStore.OpenAsync(database, vault, cancellationToken: cancellationToken);
            return setup;
        }
        catch
        {
            await setup.DisposeAsync();
            throw;
        }
    }
}
