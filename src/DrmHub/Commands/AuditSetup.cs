using System.CommandLine;
using DrmHub.Host.Hosting;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Commands;

/// <summary>The audit log of a data directory, as the audit commands open it beside a hub that runs or not.</summary>
internal static class AuditSetup
{
    /// <summary>A command over the log: what it can do wrong is one line on standard error and exit code 1.</summary>
    public static Command Define(string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, AuditLog, CancellationToken, Task<int>> action) =>
        ConfiguredCommand.Define(name, description, symbols, (parsed, data, words, cancellationToken) => GuardAsync(() => WithLogAsync(data, words, log => action(parsed, log, cancellationToken), cancellationToken)));

    public static async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (exception is MasterKeyException or KeyVaultException or StorageException or AuditFormatException or AuditUnavailableException or LegalHoldException
            or System.Data.Common.DbException or IOException or UnauthorizedAccessException or ArgumentException or FormatException or InvalidOperationException or HttpRequestException)
        {
            return Failures.Say(exception.Message);
        }
    }

    public static async Task<int> WithLogAsync(string dataDirectory, IReadOnlyList<string> words, Func<AuditLog, Task<int>> action, CancellationToken cancellationToken)
    {
        var configuration = HubConfiguration.Read(words);
        var storage = new StorageOptions { DataDirectory = dataDirectory, PostgreSql = configuration["Storage:PostgreSql"] };
        if (string.IsNullOrEmpty(storage.PostgreSql) && !File.Exists(Path.Combine(dataDirectory, "drmhub.db"))) throw new IOException($"There is no hub in the data directory {dataDirectory}.");
        await using var database = await Database.OpenAsync(storage, cancellationToken);
        await using var vault = await KeyVault.OpenAsync(database, HubConfiguration.ReadVault(configuration), dataDirectory, isProduction: false, TimeProvider.System, cancellationToken: cancellationToken);

        // The spool and the signer's file belong to the server that may be running; integrating is safe beside it, under its lock.
        var options = await AuditSettings.ReadAsync(vault, configuration, dataDirectory, cancellationToken) with { SpoolFile = null, SignerFile = null, Webhooks = [] };
        await using var log = await AuditLog.OpenAsync(database, options, TimeProvider.System, cancellationToken: cancellationToken);
        return await action(log);
    }
}
