using System.Net;
using DrmHub.KeyService.WidevineKeys;
using DrmHub.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.KeyService.Tests;

/// <summary>The packagers' routes over a real vault on SQLite, for callers from an address that the test chooses.</summary>
internal sealed class KeyDoor : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KeyDoor(WebApplication app, TestVault vault)
    {
        _app = app;
        Vault = vault;
        Http = app.GetTestClient();
    }

    public TestVault Vault { get; }

    public HttpClient Http { get; }

    /// <summary>Where requests come from. Default loopback.</summary>
    public IPAddress Remote { get; set; } = IPAddress.Loopback;

    public static async Task<KeyDoor> OpenAsync(params WidevineSigner[] signers)
    {
        var vault = await TestVault.OpenAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(vault.Keys).AddSingleton(vault.Audit).AddAuthorization().AddKeyService(options =>
        {
            options.Signers = signers;
            options.WidevinePolicies = ["hd-only"];
            options.AllowUnsignedFromLoopback = true;
            options.PublicUrl = "https://drm.example";
        });
        var app = builder.Build();
        KeyDoor? door = null;
        app.Use((http, next) =>
        {
            http.Connection.RemoteIpAddress = door!.Remote;
            return next(http);
        });
        app.MapKeyService();
        await app.StartAsync();
        return door = new KeyDoor(app, vault);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await Vault.DisposeAsync();
    }
}
