using System.Net;
using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.WidevineKeys;
using DrmHub.Testing;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.KeyService.Tests;

/// <summary>The packagers' routes over a real vault on SQLite, for callers from an address that the test chooses.</summary>
internal sealed class KeyDoor : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly bool _ownsVault;

    private KeyDoor(WebApplication app, TestVault vault, bool ownsVault, PackagerStore packagers, bool isLive)
    {
        _app = app;
        _ownsVault = ownsVault;
        Packagers = packagers;
        Vault = vault;
        Http = isLive ? new HttpClient { BaseAddress = new Uri(app.Urls.First(url => url.StartsWith("http:", StringComparison.Ordinal))) } : app.GetTestClient();
    }

    public TestVault Vault { get; }

    public PackagerStore Packagers { get; }

    public HttpClient Http { get; }

    /// <summary>The address with TLS.</summary>
    public Uri SecureAddress => new(_app.Urls.First(url => url.StartsWith("https:", StringComparison.Ordinal)));

    /// <summary>Where requests come from. Default loopback.</summary>
    public IPAddress Remote { get; set; } = IPAddress.Loopback;

    /// <summary>What the caller showed in the TLS handshake.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    public static Task<KeyDoor> OpenAsync(params WidevineSigner[] signers) => OpenAsync(TimeProvider.System, options => options.Signers = signers);

    /// <summary>With a TLS certificate on real sockets, one with TLS and one without; else in memory. Doors may share a vault and a state, as the nodes of one hub do.</summary>
    public static async Task<KeyDoor> OpenAsync(TimeProvider time, Action<KeyServiceOptions> configure, X509Certificate2? tls = null, ISharedState? shared = null, TestVault? of = null)
    {
        var vault = of ?? await TestVault.OpenAsync();
        var packagers = await PackagerStore.OpenAsync(vault.Database, vault.Vault, time);
        var builder = WebApplication.CreateSlimBuilder();
        if (tls is null) builder.WebHost.UseTestServer();
        else builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, tls));
        builder.Services.AddSingleton(vault.Keys).AddSingleton(vault.Audit).AddSingleton(packagers).AddSingleton<ISharedState>(shared ?? new InProcessSharedState(time)).AddSingleton(time).AddAuthorization().AddKeyService(options =>
        {
            options.WidevinePolicies = ["hd-only"];
            options.AllowUnsignedFromLoopback = true;
            options.PublicUrl = "https://drm.example";
            configure(options);
        });
        var app = builder.Build();
        KeyDoor? door = null;
        app.Use((http, next) =>
        {
            http.Connection.RemoteIpAddress = door!.Remote;
            if (tls is null) http.Connection.ClientCertificate = door.ClientCertificate;
            return next(http);
        });
        app.MapKeyService();
        await app.StartAsync();
        return door = new KeyDoor(app, vault, of is null, packagers, tls is not null);
    }

    /// <summary>As the host does with KeyService:ClientCertificates.</summary>
    private static void Listen(KestrelServerOptions kestrel, X509Certificate2 tls)
    {
        kestrel.Listen(IPAddress.Loopback, 0);
        kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(tls, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        }));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Packagers.Dispose();
        if (_ownsVault) await Vault.DisposeAsync();
    }
}
