using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text.Json;
using DrmHub.Host.Demo;
using DrmHub.Host.Tokens;
using DrmHub.LicenseProxy;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Licences that nobody asked for, from a small hub of its own that is thrown away, before this one opens its doors. The runtime compiles what is called
/// often again and again, by what it saw of the first calls, and until that is over a licence costs up to three times as much: a node that joins at kick-off
/// should have some of it behind it when viewers come. Nothing of it reaches the hub's own database, log or metrics.
/// </summary>
internal static class LicenseWarmUp
{
    private const int Bursts = 8;
    private const int Players = 4;
    private const int LicensesOfPlayer = 40;

    /// <summary>The runtime begins to count calls only after so long without new methods.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>On nodes that give licences. Setting <c>WarmUp</c>; where it is silent, in Production only: a hub that one tries out should be there at once.</summary>
    public static bool IsWanted(IConfiguration configuration, IHostEnvironment environment) =>
        HubRoles.Read(configuration).Licenses && configuration.GetValue("WarmUp", environment.IsProduction());

    /// <summary>Takes a few seconds. What fails here is logged and keeps no hub from starting.</summary>
    /// <param name="dataDirectory">Gets a folder for the while.</param>
    public static async Task RunAsync(string dataDirectory, ILogger logger, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(dataDirectory, "warm-up");
        try
        {
            Remove(folder); // Of a start that was cut off.
            await PlayAsync(folder, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            WarmUpLog.Failed(logger, exception);
        }
        finally
        {
            Remove(folder);
        }
    }

    private static async Task PlayAsync(string folder, CancellationToken cancellationToken)
    {
        // Every token is checked, as those of a crowd are.
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Tokens:CacheSize", "0")]).Build();
        var settings = new HubSettings(folder, "http://127.0.0.1:0", ["--environment=Development"]);
        await using var state = await HubState.OpenAsync(settings, configuration, NullLoggerFactory.Instance, TimeProvider.System, cancellationToken);
        await DemoData.SeedAsync(state, cancellationToken);
        using var tokenKey = LocalTokenKey.OpenOrCreate(folder);
        await using var app = Build(settings, configuration, state, tokenKey);
        await app.StartAsync(cancellationToken);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(app.Urls.First()) };
        var keys = await state.Vault.Keys.FindInfoByContentAsync(DemoData.Title, cancellationToken);
        var challenge = JsonSerializer.SerializeToUtf8Bytes(new { kids = keys.Select(key => Base64Url.EncodeToString(key.KeyId.ToByteArray())), type = "temporary" });
        var issuer = new TokenIssuer(tokenKey, TimeProvider.System);
        for (var burst = 0; burst < Bursts; burst++)
        {
            await Task.WhenAll(Enumerable.Range(0, Players).Select(player => AskAsync(http, challenge, issuer, $"player-{player}", cancellationToken)));
            await Task.Delay(s_pause, cancellationToken);
        }
    }

    private static WebApplication Build(HubSettings settings, IConfiguration configuration, HubState state, LocalTokenKey tokenKey)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = settings.EnvironmentName });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(settings.Urls);
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton(state.Database)
            .AddSingleton(state.Vault.Keys)
            .AddSingleton(state.Audit)
            .AddSingleton(state.Rights)
            .AddSingleton(state.Shared)
            .AddHubProblems()
            .AddAuthorization()
            .AddLicenseProxy(options =>
            {
                options.DevicePolicy = state.Rights.Options.Policy;
                PlayerSettings.Read(configuration, tokenKey, development: true, options);
            });
        var app = builder.Build();
        app.UseApiHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseCors();
        app.UsePlayerRoutes();
        app.MapLicenseProxy();
        return app;
    }

    private static async Task AskAsync(HttpClient http, byte[] challenge, TokenIssuer issuer, string device, CancellationToken cancellationToken)
    {
        var token = issuer.ForPlayer(new PlayerClaims { Subscriber = "demo-premium", Content = [DemoData.Title], Country = "IN", Device = device, Lifetime = TimeSpan.FromMinutes(5) });
        for (var i = 0; i < LicensesOfPlayer; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/license/clearkey") { Content = new ByteArrayContent(challenge) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}

internal static partial class WarmUpLog
{
    [LoggerMessage(1101, LogLevel.Warning, "The warm-up failed; the first minute under load will be slower")]
    public static partial void Failed(ILogger logger, Exception exception);
}
