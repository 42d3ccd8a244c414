using System.Security.Claims;
using DrmHub.Host.Pages.Shell;
using DrmHub.Host.Pages.SignIn;
using DrmHub.Host.Tokens;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Pages;

/// <summary>
/// Asks the hub for its health and renders a few pages to nobody once it has been ready for a moment, so that the framework has compiled what it needs before the first
/// person comes: half a second of processor time that would else be theirs to wait for. Reads what those pages read, and writes nothing.
/// </summary>
internal sealed partial class ConsoleWarmUp(
    IServiceScopeFactory scopes, IHttpContextAccessor accessor, IServer server, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<ConsoleWarmUp> log) : BackgroundService
{
    /// <summary>Players come first where a hub starts again under load; each page waits for its turn.</summary>
    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly string[] s_pages = ["/console/sign-in", "/console", "/console/audit", "/console/rights/deals"];

    private static readonly ClaimsPrincipal s_nobody = new(new ClaimsIdentity(
        OperatorRoles.All.Select(role => new Claim(ConsoleAuthentication.RoleClaim, role)), ConsoleAuthentication.Scheme, ConsoleAuthentication.NameClaim, ConsoleAuthentication.RoleClaim));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = lifetime.ApplicationStarted.Register(started.SetResult);
        try
        {
            await started.Task.WaitAsync(stoppingToken);
            await Task.Delay(s_before, time, stoppingToken);
            await KnockAsync(stoppingToken);
            foreach (var page in s_pages)
            {
                await RenderAsync(page, stoppingToken);
                await Task.Delay(s_between, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The hub stops.
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            NotWarm(exception); // The first person waits a little longer.
        }
    }

    /// <summary>The first request of any kind is the dearest. A server without plain HTTP keeps that for its first caller.</summary>
    private async Task KnockAsync(CancellationToken cancellationToken)
    {
        var plain = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(one => one.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !one.Contains("/unix:", StringComparison.Ordinal));
        if (plain is null) return;
        var address = BindingAddress.Parse(plain);
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = s_patience };
        using var answer = await http.GetAsync(new UriBuilder("http", host, address.Port, "/health/live").Uri, cancellationToken);
    }

    private async Task RenderAsync(string page, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider, User = s_nobody, RequestAborted = cancellationToken };
        http.Request.Method = HttpMethods.Get;
        http.Request.Scheme = "http";
        http.Request.Host = new HostString("localhost");
        http.Request.Path = page;
        http.Response.Body = Stream.Null;
        accessor.HttpContext = http;
        try
        {
            await new RazorComponentResult<App>().ExecuteAsync(http);
        }
        finally
        {
            accessor.HttpContext = null;
        }
    }

    [LoggerMessage(2103, LogLevel.Debug, "The console could not be warmed up; its first page takes longer")]
    private partial void NotWarm(Exception exception);
}
