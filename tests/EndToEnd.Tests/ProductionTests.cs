using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>A hub with everything set that Production asks for.</summary>
public sealed class ProductionTests
{
    private static readonly string[] Playgrounds = ["/sandbox", "/play", "/listen"];

    [Fact]
    public async Task Production_serves_nothing_of_the_sandbox_and_of_the_test_pages()
    {
        await using var development = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(folder["issuer.pem"], issuer.ExportSubjectPublicKeyInfoPem());
        await using var production = await HubProcess.StartAsync(
            folder.Path,
            "--environment=Production",
            "--PublicUrl=https://drm.example.net",
            "--Tokens:Issuer=https://login.example.net/",
            $"--Tokens:PublicKeyFiles:0={folder["issuer.pem"]}",
            "--KeyService:AllowUnsigned=false",
            "--Vault:MasterKey:AllowFileInProduction=true",
            "--Shutdown:DrainSeconds=0");

        Assert.Equal(HttpStatusCode.OK, (await production.Http.GetAsync("/health/ready")).StatusCode);
        var there = await PathsAsync(development);
        Assert.Contains(there, path => path.StartsWith("/license", StringComparison.Ordinal));
        var gone = there.Where(IsPlayground).Concat([
            "/sandbox/widevine", "/sandbox/playready/rightsmanager.asmx", "/sandbox/playready/own.asmx", "/sandbox/fairplay", "/sandbox/faults", "/play", "/play/demo.json", "/play/simulate", "/play/devices",
        ]).Distinct().ToList();
        foreach (var path in gone)
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
            {
                using var request = new HttpRequestMessage(method, path.Replace('{', 'x').Replace('}', 'x'));
                using var answer = await production.Http.SendAsync(request);
                // What is no route at all is a page that is not found; pages are only for GET.
                Assert.True(answer.StatusCode == HttpStatusCode.NotFound || (method == HttpMethod.Post && answer.StatusCode == HttpStatusCode.MethodNotAllowed), $"{method} {path}: {answer.StatusCode}");
            }
        }

        Assert.DoesNotContain(await PathsAsync(production), IsPlayground);

        // Nor does a development hub's own upstream stand behind the door: nothing is granted by simulated services.
        using var health = JsonDocument.Parse(await production.Http.GetStringAsync("/health/ready"));
        Assert.DoesNotContain("sandbox", health.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    private static bool IsPlayground(string path) => Array.Exists(Playgrounds, ground => path == ground || path.StartsWith(ground + "/", StringComparison.Ordinal));

    private static async Task<List<string>> PathsAsync(HubProcess hub)
    {
        using var document = JsonDocument.Parse(await hub.Http.GetStringAsync("/openapi/v1.json"));
        return [.. document.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name)];
    }
}
