using System.Net;
using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.WidevineKeys;
using DrmHub.Testing;
using DrmHub.Vault.Keys.Packagers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.KeyService.Tests;

/// <summary>The packagers' routes over a real vault on SQLite, for callers from an address that the test chooses.</summary>
internal sealed class KeyDoor : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KeyDoor(WebApplication app, TestVault vault, PackagerStore packagers)
    {
        _app = app;
        Packagers = packagers;
        Vault = vault;
        Http = app.GetTestClient();
    }

    public TestVault Vault { get; }

    public PackagerStore Packagers { get; }

    public HttpClient Http { get; }

    /// <summary>Where requests come from. Default loopback.</summary>
    public IPAddress Remote { get; set; } = IPAddress.Loopback;

    /// <summary>What the caller showed in the TLS handshake.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    public static Task<KeyDoor> OpenAsync(params WidevineSigner[] signers) => OpenAsync(TimeProvider.System, options => options.Signers = signers);

    public static async Task<KeyDoor> OpenAsync(TimeProvider time, Action<KeyServiceOptions> configure)
    {
        var vault = await TestVault.OpenAsync();
        var packagers = await PackagerStore.OpenAsync(vault.Database, vault.Vault, time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(vault.Keys).AddSingleton(vault.Audit).AddSingleton(packagers).AddSingleton(time).AddAuthorization().AddKeyService(options =>
        {
            options.AllowUnsignedFromLoopback = true;
            options.PublicUrl = "https://drm.example";
            configure(options);
        });
        var app = builder.Build();
        KeyDoor? door = null;
        app.Use((http, next) =>
        {
            http.Connection.RemoteIpAddress = door!.Remote;
            http.Connection.ClientCertificate = door.ClientCertificate;
            return next(http);
        });
        app.MapKeyService();
        await app.StartAsync();
        return door = new KeyDoor(app, vault, packagers);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Packagers.Dispose();
        await Vault.DisposeAsync();
    }
}
