using System.Security.Claims;
using System.Text.Encodings.Web;
using DrmHub.Vault.Audit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>The routes of the log on a free port of loopback. <c>Authorization: Bearer reader</c> may read entries.</summary>
internal sealed class AuditServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AuditServer(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.First());
        Reader = new HttpClient { BaseAddress = Address };
        Reader.DefaultRequestHeaders.Authorization = new("Bearer", "reader");
        Anonymous = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Reader { get; }

    public HttpClient Anonymous { get; }

    public static async Task<AuditServer> StartAsync(AuditLog log)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(log);
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, ReaderHandler>("test", null);
        builder.Services.AddAuthorizationBuilder().AddPolicy(AuditApi.ReadPolicy, policy => policy.RequireRole("audit.read"));
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapAudit();
        await app.StartAsync();
        return new AuditServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        Reader.Dispose();
        Anonymous.Dispose();
        await _app.DisposeAsync();
    }

    private sealed class ReaderHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers.Authorization != "Bearer reader") return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, "audit.read")], "test");
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "test")));
        }
    }
}
