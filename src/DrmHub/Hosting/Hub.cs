using DrmHub.Host.Demo;
using DrmHub.Host.Limits;
using DrmHub.Host.Listening;
using DrmHub.Host.Pages;
using DrmHub.Host.Telemetry;
using DrmHub.Host.Tokens;
using DrmHub.KeyService;
using DrmHub.LicenseProxy;
using DrmHub.Music;
using DrmHub.Sandbox;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Serilog;

namespace DrmHub.Host.Hosting;

/// <summary>Builds and runs the one host: configuration, state, services, routes.</summary>
internal static class Hub
{
    private const int MinThreads = 16;

    /// <returns>The exit code: 0 after a stop that was asked for, 1 where the hub could not start.</returns>
    public static async Task<int> RunAsync(HubSettings settings, CancellationToken cancellationToken)
    {
        KeepThreadsReady();
        try
        {
            var builder = CreateBuilder(settings);
            var problems = InsecureDefaults.Find(builder.Configuration);
            if (builder.Environment.IsProduction() && problems.Count > 0)
            {
                Banner.PrintRefusal(problems);
                return 1;
            }

            using var tokenKey = TokenKeys.UsesLocalKey(builder.Configuration) ? LocalTokenKey.OpenOrCreate(settings.DataDirectory) : null;
            using var loggers = LoggerFactory.Create(logging => logging.AddSerilog(Log.Logger));
            await using var starting = StartingDoor.Begin(settings, TimeProvider.System);
            await using var state = await HubState.OpenAsync(settings, builder.Configuration, loggers, TimeProvider.System, cancellationToken);
            AddServices(builder, settings, state, tokenKey);
            await using var app = builder.Build();
            if (app.Environment.IsDevelopment()) await DemoData.SeedAsync(state, cancellationToken);
            if (app.Environment.IsDevelopment()) await app.Services.GetRequiredService<DemoMusic>().SeedAsync(state, cancellationToken);
            MapRoutes(app, tokenKey);
            await starting.DisposeAsync();
            await app.StartAsync(cancellationToken);
            Banner.Print(app, settings, problems, tokenKey);
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Banner.PrintFailure(exception);
            return 1;
        }
        finally
        {
            await Log.CloseAndFlushAsync();
        }
    }

    /// <summary>
    /// A commit on SQLite holds its thread until the disk has it. With a thread for each processor and no more, which is what the runtime begins with, the
    /// requests that the processors could work on meanwhile would wait for that, and for the runtime to notice.
    /// </summary>
    private static void KeepThreadsReady()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, MinThreads), completions);
    }

    private static WebApplicationBuilder CreateBuilder(HubSettings settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // The settings and pages lie beside the program, wherever it is started from.
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(Hub).Assembly.GetName().Name,
            EnvironmentName = settings.EnvironmentName,
            Args = [.. settings.Configuration],
        });
        ConfiguredSecrets.Resolve(builder.Configuration, builder.Configuration);
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.UseUrls(settings.Urls);
        builder.WebHost.ConfigureKestrel(kestrel => PackagerSettings.Configure(kestrel, builder.Configuration));
        builder.WebHost.ConfigureKestrel(kestrel => ConnectionLimits.Configure(kestrel, builder.Configuration));
        Log.Logger = Logging.Create(builder.Configuration);
        builder.Logging.ClearProviders().AddSerilog(Log.Logger);
        return builder;
    }

    private static void AddServices(WebApplicationBuilder builder, HubSettings settings, HubState state, LocalTokenKey? tokenKey)
    {
        var configuration = builder.Configuration;
        var development = builder.Environment.IsDevelopment();
        var useUpstreams = UpstreamWiring.Read(configuration, builder.Environment);
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton(state.Database)
            .AddSingleton(state.Vault.Keys)
            .AddSingleton(state.Audit)
            .AddRights(configuration, state)
            .AddSingleton(state.Shared)
            .AddSingleton(state.Packagers)
            .AddHubProblems()
            .AddHubOpenApi()
            .AddTelemetry(configuration)
            .AddOperators(configuration, tokenKey)
            .AddDoorLimits(configuration, development)
            .AddConsole(state, configuration, tokenKey, development)
            .AddKeyService(options =>
            {
                var unsigned = SignerSettings.AllowsUnsigned(configuration, development);
                options.Signers = SignerSettings.Read(configuration, unsigned);
                options.AllowUnsignedFromLoopback = unsigned;
                PackagerSettings.Read(configuration, options);
                options.WidevinePolicies = configuration.GetSection("KeyService:WidevinePolicies").Get<string[]>() ?? [];
                options.PublicUrl = NullIfEmpty(configuration["PublicUrl"]);
                options.PlayReadyLicenseUrl = NullIfEmpty(configuration["KeyService:PlayReadyLicenseUrl"]);
            })
            .AddLicenseProxy(options =>
            {
                options.DevicePolicy = state.Rights.Options.Policy;
                PlayerSettings.Read(configuration, tokenKey, development, options);
                useUpstreams(options);
            });
        Draining.Add(builder.Services, configuration, development);
        MusicSettings.Add(builder.Services, configuration, state.Vault, settings.DataDirectory);
        if (tokenKey is not null) builder.Services.AddSingleton(new TokenIssuer(tokenKey, TimeProvider.System)).AddSingleton<PlaySimulation>();
        if (development) builder.Services.AddSingleton<DemoMedia>().AddSingleton<DemoMusic>().AddSandbox();
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static void MapRoutes(WebApplication app, LocalTokenKey? tokenKey)
    {
        var roles = HubRoles.Read(app.Configuration);
        app.UseDraining();
        app.UseForwardedScheme();
        app.UseApiHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseEncodedSlashes();
        if (!app.Environment.IsDevelopment()) app.UseHsts();
        app.UseCors();
        app.UsePlayerRoutes();
        app.UseConsole();
        app.UseReferencePage();
        app.UseAddressLimits();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseOperatorLimits();
        app.MapConsole();
        app.MapHealth();
        app.MapMetrics();
        app.MapAudit();
        app.MapRights();
        app.MapOpenApi();
        if (roles.Keys) app.MapKeyService();
        if (roles.Licenses) app.MapLicenseProxy();
        if (roles.Music) app.MapMusic();
        if (roles.Music && roles.Licenses) app.MapListening(tokenKey);
        if (app.Environment.IsDevelopment() && roles.Licenses && tokenKey is not null) app.MapPlay();
        if (app.Environment.IsDevelopment() && roles.Licenses) app.MapSandbox();
    }
}
