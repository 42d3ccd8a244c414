using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>The routes of rights over a vault on SQLite. The token is a role: <c>rights.read</c>, <c>rights.write</c>, or both with a comma.</summary>
internal sealed class RightsServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly Stack<IAsyncDisposable> _opened = new();

    private RightsServer(TemporaryFolder folder)
    {
        _folder = folder;
    }

    public HttpClient Http { get; private set; } = null!;

    public RightsStore Store { get; private set; } = null!;

    public AuditLog Audit { get; private set; } = null!;

    public KeyStore Keys { get; private set; } = null!;

    public static async Task<RightsServer> StartAsync()
    {
        var server = new RightsServer(new TemporaryFolder());
        var data = server._folder["data"];
        var database = await Database.OpenAsync(new StorageOptions { DataDirectory = data });
        server._opened.Push(database);
        var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), data, isProduction: false);
        server._opened.Push(vault);
        server.Keys = vault.Keys;
        server.Audit = await AuditLog.OpenAsync(
            database,
            new AuditOptions { LogKeySeed = await vault.GetOrCreateSecretAsync("audit.log-key", AuditOptions.SecretSize), PseudonymKey = await vault.GetOrCreateSecretAsync("audit.pseudonyms", AuditOptions.SecretSize) },
            TimeProvider.System);
        server._opened.Push(server.Audit);
        server.Store = await RightsStore.OpenAsync(database, server.Audit, TimeProvider.System);
        server._opened.Push(server.Store);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(server.Audit).AddSingleton(server.Keys).AddRights(server.Store);
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, RoleHandler>("test", null);
        builder.Services.AddAuthorizationBuilder().AddPolicy("rights.read", policy => policy.RequireRole("rights.read")).AddPolicy("rights.write", policy => policy.RequireRole("rights.write"));
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapRights();
        await app.StartAsync();
        server._opened.Push(app);
        server.Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        return server;
    }

    public async Task<Answer> SendAsync(string method, string path, string? body = null, string role = "rights.read,rights.write", string type = "application/json", string? ifMatch = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (role.Length > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", role);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (ifNoneMatch is not null) request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        using var response = await Http.SendAsync(request);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        while (_opened.TryPop(out var part)) await part.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    internal sealed record Answer(int Status, string Text, string? Tag)
    {
        public JsonElement Json => JsonDocument.Parse(Text).RootElement;

        public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;
    }

    private sealed class RoleHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var header = Request.Headers.Authorization.ToString();
            if (!header.StartsWith("Bearer ", StringComparison.Ordinal)) return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity(header["Bearer ".Length..].Split(',').Select(role => new Claim(ClaimTypes.Role, role)).Append(new Claim(ClaimTypes.Name, "tester")), "test");
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "test")));
        }
    }
}
