using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.EndToEnd.Tests.Container;

/// <summary>A registry on a loopback port with one image, <c>base:1</c>, that has an almost empty layer and says nothing of users: what an image is built on where no network is.</summary>
internal sealed class BaseImageRegistry : IAsyncDisposable
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";
    private readonly WebApplication _app;

    private BaseImageRegistry(WebApplication app) => _app = app;

    public string Host => new Uri(_app.Urls.First()).Authority;

    /// <summary>For <c>ContainerBaseImage</c>.</summary>
    public string Image => $"{Host}/base:1";

    public static async Task<BaseImageRegistry> StartAsync()
    {
        var (layer, layerDiff) = Layer();
        var config = Encoding.UTF8.GetBytes($$"""{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/bin"]},"rootfs":{"type":"layers","diff_ids":["{{layerDiff}}"]},"history":[{"created_by":"test"}]}""");
        var manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{ManifestType}}",
            "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":{{config.Length}},"digest":"{{Digest(config)}}"},
            "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":{{layer.Length}},"digest":"{{Digest(layer)}}"}]}
            """);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/v2/", () => Results.Ok());
        app.MapMethods("/v2/base/manifests/{reference}", ["GET", "HEAD"], (HttpContext http) =>
        {
            http.Response.Headers["Docker-Content-Digest"] = Digest(manifest);
            return Results.Bytes(manifest, ManifestType);
        });
        app.MapMethods("/v2/base/blobs/{digest}", ["GET", "HEAD"], (string digest) =>
            digest == Digest(config) ? Results.Bytes(config, "application/octet-stream") : digest == Digest(layer) ? Results.Bytes(layer, "application/octet-stream") : Results.NotFound());
        await app.StartAsync();
        return new BaseImageRegistry(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static (byte[] Bytes, string Diff) Layer()
    {
        using var plain = new MemoryStream();
        using (var tar = new TarWriter(plain, leaveOpen: true)) tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "data"));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(plain.ToArray());
        return (packed.ToArray(), Digest(plain.ToArray()));
    }

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
}
