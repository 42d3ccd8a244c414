using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Shaka Packager as a key client: signatures, rotation, and what it says when it is refused.</summary>
public sealed partial class PackagerTests
{
    [SkippableTheory]
    [InlineData("cenc")]
    [InlineData("cbcs")]
    public async Task Rotated_hls_names_a_new_key_for_each_period_and_asking_again_gives_the_same(string scheme)
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        var packaging = new Packaging { ContentId = "demo-rotated", Scheme = scheme, CryptoPeriodSeconds = 4 };
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        Assert.Equal(0, (await packaging.RunAsync(hub, first.Path)).ExitCode);
        Assert.Equal(0, (await packaging.RunAsync(hub, second.Path)).ExitCode);

        var keyIds = await KeyIdsAsync(first.Path);
        Assert.Equal(3, keyIds.Count);
        Assert.Equal(keyIds, await KeyIdsAsync(second.Path));

        var entries = await EntriesAsync(hub);
        var issued = entries.SelectMany(entry => entry.GetProperty("entry").TryGetProperty("keys", out var keys) ? keys.EnumerateArray().ToList() : []).Select(key => key.GetProperty("kid").GetString()!).ToHashSet();
        Assert.Subset(issued, keyIds.ToHashSet());
    }

    [SkippableFact]
    public async Task An_rsa_signature_opens_the_door_for_a_configured_signer()
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        using var keys = new TemporaryFolder();
        using var rsa = RSA.Create(2048);
        var privateKey = Path.Combine(keys.Path, "signing.der");
        var publicKey = Path.Combine(keys.Path, "signing.pem");
        await File.WriteAllBytesAsync(privateKey, rsa.ExportRSAPrivateKey());
        await File.WriteAllTextAsync(publicKey, rsa.ExportSubjectPublicKeyInfoPem());
        await using var hub = await HubProcess.StartAsync(null, "--KeyService:Signers:0:Name=studio", $"--KeyService:Signers:0:RsaPublicKeyFile={publicKey}");
        using var folder = new TemporaryFolder();
        var (exitCode, _, error) = await new Packaging { ContentId = "demo-rsa", Signer = "studio", RsaKeyFile = privateKey }.RunAsync(hub, folder.Path);
        Assert.True(exitCode == 0, error);
        Assert.Equal("studio", (await EntriesAsync(hub))[0].GetProperty("entry").GetProperty("actor").GetString());
    }

    [Fact]
    public async Task A_token_of_the_operators_issuer_opens_the_key_routes_where_it_has_the_role()
    {
        await using var hub = await HubProcess.StartAsync(null, "--KeyService:AllowUnsigned=false");
        foreach (var (role, expected) in (Dictionary<string, int>)new() { ["keys.request"] = 200, ["rights.read"] = 403 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/cpix/demo-by-token");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await hub.TokenAsync("admin", "--role", role));
            using var answer = await hub.Http.SendAsync(request);
            Assert.Equal(expected, (int)answer.StatusCode);
        }
    }

    [SkippableFact]
    public async Task A_wrong_key_and_an_unknown_signer_are_refused_and_leave_no_key()
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        foreach (var packaging in (Packaging[])
                 [
                     new() { ContentId = "demo-refused", SigningKey = new string('0', 64) },
                     new() { ContentId = "demo-refused", Signer = "nobody" },
                 ])
        {
            using var folder = new TemporaryFolder();
            var (exitCode, _, error) = await packaging.RunAsync(hub, folder.Path);
            Assert.NotEqual(0, exitCode);
            var answer = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Response().Match(error).Groups[1].Value));
            Assert.Contains("SIGNATURE_FAILED", answer, StringComparison.Ordinal);
        }

        var entries = await EntriesAsync(hub);
        Assert.Equal(2, entries.Count(entry => entry.GetProperty("entry").GetProperty("kind").GetString() == "keys.refused"));
        Assert.DoesNotContain(entries, entry => entry.GetProperty("entry").TryGetProperty("content", out var content) && content.GetString() == "demo-refused" && entry.GetProperty("entry").GetProperty("kind").GetString() == "keys.issued");
    }

    private static async Task<List<string>> KeyIdsAsync(string folder) =>
        [.. KeyId().Matches(await File.ReadAllTextAsync(Path.Combine(folder, "sd.m3u8"))).Select(match => match.Groups[1].Value)];

    private static async Task<List<JsonElement>> EntriesAsync(HubProcess hub)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/audit/entries?limit=1000");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await hub.TokenAsync("admin", "--role", "audit.read"));
        using var response = await hub.Http.SendAsync(request);
        return [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("entries").EnumerateArray()];
    }

    [GeneratedRegex("KEYID=0x([0-9a-f]{32})")]
    private static partial Regex KeyId();

    /// <summary>The packager prints a refusal as it came.</summary>
    [GeneratedRegex("\"response\":\"([^\"]+)\"")]
    private static partial Regex Response();
}
