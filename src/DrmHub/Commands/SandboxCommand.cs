using System.CommandLine;
using DrmHub.Host.Hosting;
using DrmHub.Sandbox;
using Serilog;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub sandbox</c>: the simulated licence services alone, for integrators; <c>drmhub sandbox device</c>: one simulated device.</summary>
internal static class SandboxCommand
{
    private const string Refusal = "drmhub: the sandbox does not run in Production: its keys are public. Set ASPNETCORE_ENVIRONMENT=Development.";

    public static Command Create()
    {
        var urls = new Option<string>("--urls") { Description = "Addresses to listen on, separated by semicolons", DefaultValueFactory = _ => "http://127.0.0.1:5090" };
        var command = new Command("sandbox", "Run simulated Widevine, PlayReady and FairPlay licence services, or one simulated device") { urls, SandboxDeviceCommand.Create() };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetRequiredValue(urls), cancellationToken));
        return command;
    }

    /// <returns>True where the environment forbids it; the reason is then on standard error.</returns>
    public static bool IsRefused(string environmentName)
    {
        if (environmentName != Environments.Production) return false;
        Console.Error.WriteLine(Refusal);
        return true;
    }

    private static async Task<int> RunAsync(string urls, CancellationToken cancellationToken)
    {
        var environment = new HubSettings("", urls, []).EnvironmentName;
        if (IsRefused(environment)) return Failures.Failed;
        try
        {
            var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment, ContentRootPath = AppContext.BaseDirectory });
            builder.WebHost.UseUrls(urls).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
            Log.Logger = Logging.Create(builder.Configuration);
            builder.Logging.ClearProviders().AddSerilog(Log.Logger);
            builder.Services.AddSingleton(TimeProvider.System).AddProblemDetails().AddSandbox();
            await using var app = builder.Build();
            app.MapSandbox();
            await app.StartAsync(cancellationToken);
            SandboxBanner.Print(Console.Out, app.Urls.First());
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return Failures.Say(exception.Message);
        }
        finally
        {
            await Log.CloseAndFlushAsync();
        }
    }
}
