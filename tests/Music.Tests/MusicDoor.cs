using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using DrmHub.Music.Catalogue;
using DrmHub.Testing;
using DrmHub.Vault.Catalogue;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Tests;

/// <summary>The music routes over a real vault, on SQLite unless a PostgreSQL database is given. The header <c>X-Roles</c> stands for an operator's token.</summary>
internal sealed class MusicDoor : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MusicDoor(WebApplication app, TestVault vault)
    {
        _app = app;
        Vault = vault;
        Http = app.GetTestClient();
        Http.DefaultRequestHeaders.Add("X-Roles", "rights.read,rights.write");
    }

    public TestVault Vault { get; }

    /// <summary>With the roles to read and to write.</summary>
    public HttpClient Http { get; }

    public MusicCatalogue Catalogue => Get<MusicCatalogue>();

    public static async Task<MusicDoor> OpenAsync(TimeProvider? time = null, Action<MusicOptions>? configure = null, string? postgreSql = null)
    {
        var vault = await TestVault.OpenAsync(time, postgreSql);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(vault.Database).AddSingleton(vault.Audit).AddSingleton(vault.Rights).AddSingleton(vault.Keys).AddSingleton(vault.Vault).AddSingleton(time ?? TimeProvider.System).AddSingleton<CatalogueStore>().AddSingleton<ErnLedger>().AddSingleton<FeedAccessStore>().AddSingleton<PlayStore>();
        builder.Services.AddMusic(configure ?? (_ => { }));
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, HeaderRoles>("test", null);
        builder.Services.AddAuthorization(options =>
        {
            foreach (var role in (string[])["rights.read", "rights.write"]) options.AddPolicy(role, policy => policy.RequireAuthenticatedUser().RequireRole(role));
        });
        var app = builder.Build();
        app.MapMusic();
        await app.StartAsync();
        return new MusicDoor(app, vault);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A client without the roles.</summary>
    public HttpClient Stranger() => _app.GetTestClient();

    public async Task<JsonElement> PutAsync(string path, object body)
    {
        var answer = await Http.PutAsJsonAsync(path, body, JsonSerializerOptions.Web);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public static async Task<string> CodeAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await Vault.DisposeAsync();
    }

    private sealed class HeaderRoles(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-Roles"].ToString() is not { Length: > 0 } roles) return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, "tester"), .. roles.Split(',').Select(role => new Claim(ClaimTypes.Role, role))], "test");
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "test")));
        }
    }
}
