using DrmHub.Host.Pages.SignIn;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.Host.Hosting;

/// <summary>What a hub holds while it runs: the database and the four rooms of the vault over it.</summary>
internal sealed class HubState : IAsyncDisposable
{
    private HubState(Database database, KeyVault vault, AuditLog audit, RightsStore rights, PackagerStore packagers, ISharedState shared, SessionProtection sessions)
    {
        Database = database;
        Vault = vault;
        Audit = audit;
        Rights = rights;
        Shared = shared;
        Packagers = packagers;
        Sessions = sessions;
    }

    public Database Database { get; }

    public KeyVault Vault { get; }

    public AuditLog Audit { get; }

    public RightsStore Rights { get; }

    public ISharedState Shared { get; }

    public PackagerStore Packagers { get; }

    public SessionProtection Sessions { get; }

    public static async Task<HubState> OpenAsync(HubSettings settings, IConfiguration configuration, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var storage = new StorageOptions { DataDirectory = settings.DataDirectory, PostgreSql = configuration["Storage:PostgreSql"] };
        var database = await DatabaseStart.OpenAsync(storage, DatabaseStart.PatienceOf(configuration), loggers, time, cancellationToken);
        var opened = new Stack<IAsyncDisposable>([database]);
        try
        {
            var production = settings.EnvironmentName == Environments.Production;
            var keyOptions = HubConfiguration.ReadVault(configuration);
            var vault = await KeyVault.OpenAsync(database, keyOptions, settings.DataDirectory, production, time, loggers, cancellationToken);
            opened.Push(vault);
            var auditOptions = await AuditSettings.ReadAsync(vault, configuration, settings.DataDirectory, cancellationToken);
            var audit = await AuditLog.OpenAsync(database, auditOptions, time, loggers.CreateLogger<AuditLog>(), cancellationToken);
            opened.Push(audit);
            var rights = await RightsSettings.OpenAsync(database, audit, configuration, time, loggers, cancellationToken);
            opened.Push(rights);
            var packagers = await PackagerStore.OpenAsync(database, vault, time, loggers, cancellationToken);
            var shared = await SharedStateFactory.OpenAsync(configuration.GetSection("Shared").Get<SharedStateOptions>() ?? new SharedStateOptions(), time, loggers);
            return new HubState(database, vault, audit, rights, packagers, shared, await SessionProtection.OpenAsync(vault, cancellationToken));
        }
        catch
        {
            foreach (var part in opened) await part.DisposeAsync();
            throw;
        }
    }

    /// <summary>In the opposite order of opening, so that nothing is written into what is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await Shared.DisposeAsync();
        Packagers.Dispose();
        await Rights.DisposeAsync();
        await Audit.DisposeAsync();
        await Vault.DisposeAsync();
        await Database.DisposeAsync();
    }
}
