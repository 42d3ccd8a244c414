using System.CommandLine;
using DrmHub.Host.Hosting;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Commands;

/// <summary>
/// What the key commands work on: the database and the master key of the same configuration as <c>drmhub serve</c> reads
/// (settings beside the program, environment, further <c>--Section:Option=value</c> words).
/// </summary>
internal sealed class KeysSetup : IAsyncDisposable
{
    private readonly Database _database;
    private readonly IMasterKey _master;

    private KeysSetup(Database database, IMasterKey master, KeyRotation rotation, MasterKeyFile? file)
    {
        _database = database;
        _master = master;
        Rotation = rotation;
        LocalFile = file;
    }

    public KeyRotation Rotation { get; }

    /// <summary>The master key file, where the master key is one.</summary>
    public MasterKeyFile? LocalFile { get; }

    /// <summary>A command over the vault: what it can do wrong is one line on standard error and exit code 1.</summary>
    public static Command Define(string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, KeysSetup, CancellationToken, Task<int>> action) =>
        ConfiguredCommand.Define(name, description, symbols, async (parsed, data, words, cancellationToken) =>
        {
            try
            {
                await using var setup = await OpenAsync(data, words, cancellationToken);
                return await action(parsed, setup, cancellationToken);
            }
            catch (Exception exception) when (exception is MasterKeyException or KeyVaultException or StorageException or System.Data.Common.DbException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
            {
                return Failures.Say(exception.Message);
            }
        });

    public async ValueTask DisposeAsync()
    {
        await Rotation.DisposeAsync();
        (_master as IDisposable)?.Dispose();
        await _database.DisposeAsync();
    }

    private static async Task<KeysSetup> OpenAsync(string dataDirectory, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var configuration = HubConfiguration.Read(words);
        var options = HubConfiguration.ReadVault(configuration);
        options.Validate();
        var storage = new StorageOptions { DataDirectory = dataDirectory, PostgreSql = configuration["Storage:PostgreSql"] };
        if (string.IsNullOrEmpty(storage.PostgreSql) && !Directory.Exists(dataDirectory)) throw new IOException($"There is no data directory {dataDirectory}.");

        // Whoever runs this has the file in hand; the refusal in Production is the server's.
        var master = MasterKeyFactory.Open(options.MasterKey, dataDirectory, isProduction: false, createFile: false);
        var database = await Database.OpenAsync(storage, cancellationToken);
        try
        {
            var rotation = await KeyRotation.OpenAsync(database, master, options, cancellationToken: cancellationToken);
            return new KeysSetup(database, master, rotation, options.MasterKey.Source == MasterKeySource.File ? MasterKeyFactory.FileOf(options.MasterKey, dataDirectory) : null);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}
