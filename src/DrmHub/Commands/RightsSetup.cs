using System.CommandLine;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.Host.Hosting;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Commands;

/// <summary>What the commands over rights work on: the store, the log and the keys of the hub's own configuration, beside a hub that runs or not.</summary>
internal sealed class RightsSetup : IAsyncDisposable
{
    public static readonly RightsActor Actor = new("command line", "rights.write");

    private readonly Stack<IAsyncDisposable> _opened = new();

    private RightsSetup()
    {
    }

    public RightsStore Store { get; private set; } = null!;

    public AuditLog Audit { get; private set; } = null!;

    public KeyStore Keys { get; private set; } = null!;

    /// <summary>A command over rights: what it can do wrong is one line on standard error and exit code 1.</summary>
    public static Command Define(string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, RightsSetup, CancellationToken, Task<int>> action) =>
        ConfiguredCommand.Define(name, description, symbols, async (parsed, data, words, cancellationToken) =>
        {
            try
            {
                await using var setup = await OpenAsync(data, words, cancellationToken);
                return await action(parsed, setup, cancellationToken);
            }
            catch (RightsInvalidException exception)
            {
                foreach (var problem in exception.Problems) await Console.Error.WriteLineAsync($"drmhub: {(exception.Line is { } line ? $"line {line}: " : "")}{problem.Path}: {problem.Message} ({problem.Code})");
                return Failures.Failed;
            }
            catch (Exception exception) when (exception is MasterKeyException or KeyVaultException or StorageException or AuditFormatException or AuditUnavailableException or RightsConflictException
                or DbException or JsonException or IOException or UnauthorizedAccessException or ArgumentException or FormatException or CryptographicException)
            {
                return Failures.Say(exception.Message);
            }
        });

    public async ValueTask DisposeAsync()
    {
        while (_opened.TryPop(out var part)) await part.DisposeAsync();
    }

    private static async Task<RightsSetup> OpenAsync(string dataDirectory, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var configuration = HubConfiguration.Read(words);
        var storage = new StorageOptions { DataDirectory = dataDirectory, PostgreSql = configuration["Storage:PostgreSql"] };
        var setup = new RightsSetup();
        try
        {
            var database = await Database.OpenAsync(storage, cancellationToken);
            setup._opened.Push(database);

            // Whoever runs this has the master key in hand; the refusal of a file in Production is the server's.
            var vault = await KeyVault.OpenAsync(database, HubConfiguration.ReadVault(configuration), dataDirectory, isProduction: false, cancellationToken: cancellationToken);
            setup._opened.Push(vault);
            setup.Keys = vault.Keys;

            // The spool and the signer's file belong to the server that may be running; integrating is safe beside it, under its lock.
            var options = await AuditSettings.ReadAsync(vault, configuration, dataDirectory, cancellationToken) with { SpoolFile = null, SignerFile = null, Webhooks = [] };
            setup.Audit = await AuditLog.OpenAsync(database, options, TimeProvider.System, cancellationToken: cancellationToken);
            setup._opened.Push(setup.Audit);
            setup.Store = await RightsStore.OpenAsync(database, setup.Audit, TimeProvider.System, configuration.GetSection("Rights").Get<RightsOptions>(), cancellationToken: cancellationToken);
            setup._opened.Push(setup.Store);
            return setup;
        }
        catch
        {
            await setup.DisposeAsync();
            throw;
        }
    }
}
