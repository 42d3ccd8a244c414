using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary><c>drmhub cpix request</c> against a running hub, over each protocol.</summary>
public sealed class CpixRequestTests
{
    private const string Kid = "11112222333344445555666677778888";

    [Fact]
    public async Task Every_protocol_gets_the_keys_and_no_key_is_shown_unasked()
    {
        await using var hub = await HubProcess.StartAsync();
        foreach (var (protocol, path, tracks) in ((string, string, string)[])[("speke-1", "/speke/v1.0/copyProtection", $"ALL={Kid}"), ("speke-2.0", "/speke/v2.0/copyProtection", "SD,HD,STEREO_AUDIO"), ("speke-2.1", "/speke/v2.0/copyProtection", "SD"), ("cpix", "/cpix", "AUDIO,SD"), ("cpix-get", "/cpix/demo-request?tracks=SD", "-")])
        {
            var shown = await RequestAsync(hub, path, "--content-id", $"demo-{protocol}", "--protocol", protocol, "--tracks", tracks, "--json");
            var keys = shown.GetProperty("keys").EnumerateArray().ToList();
            Assert.Equal(tracks.Count(character => character == ',') + 1, keys.Count);
            Assert.All(keys, key => Assert.Equal(("clear", JsonValueKind.Null), (key.GetProperty("state").GetString(), key.GetProperty("value").ValueKind)));
            Assert.NotEmpty(shown.GetProperty("systems").EnumerateArray());
        }

        var chosen = await RequestAsync(hub, "/speke/v1.0/copyProtection", "--content-id", "demo-speke-1", "--protocol", "speke-1", "--tracks", $"ALL={Kid}", "--json", "--keys");
        Assert.Equal(Kid, chosen.GetProperty("keys")[0].GetProperty("kid").GetString()!.Replace("-", "", StringComparison.Ordinal));
        Assert.Equal(32, chosen.GetProperty("keys")[0].GetProperty("value").GetString()!.Length);
    }

    [Fact]
    public async Task A_recipient_gets_encrypted_keys_and_the_answer_can_go_to_a_file()
    {
        using var folder = new TemporaryFolder();
        using var rsa = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=encryptor", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(90));
        var pem = Path.Combine(folder.Path, "encryptor.pem");
        var answer = Path.Combine(folder.Path, "answer.xml");
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem());
        await using var hub = await HubProcess.StartAsync();
        var shown = await RequestAsync(hub, "/speke/v2.0/copyProtection", "--content-id", "demo-locked", "--tracks", "SD", "--recipient", pem, "--json");
        Assert.Equal("encrypted", shown.GetProperty("keys")[0].GetProperty("state").GetString());
        var (exitCode, output, error) = await RunAsync(hub, "/cpix", "--content-id", "demo-file", "--protocol", "cpix", "--tracks", "SD", "--out", answer);
        Assert.True(exitCode == 0, error);
        Assert.Empty(output);
        Assert.Contains("PlainValue", await File.ReadAllTextAsync(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_one_line_and_headers_come_from_a_file()
    {
        using var folder = new TemporaryFolder();
        var headers = Path.Combine(folder.Path, "headers");
        await File.WriteAllTextAsync(headers, "Authorization: Bearer not-a-token\n");
        await using var hub = await HubProcess.StartAsync();
        var (exitCode, output, error) = await RunAsync(hub, "/speke/v2.0/copyProtection", "--content-id", "demo-x", "--header-file", headers);
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains("answered 401", error, StringComparison.Ordinal);
        Assert.DoesNotContain("not-a-token", error, StringComparison.Ordinal);

        (exitCode, _, error) = await RunAsync(hub, "speke://nowhere", "--content-id", "demo-x");
        Assert.Equal(1, exitCode);
        Assert.Contains("http:// or https://", error, StringComparison.Ordinal);

        (exitCode, _, error) = await RunAsync(hub, "/speke/v2.0/copyProtection", "--content-id", "demo-x", "--systems", "marlin");
        Assert.Equal(1, exitCode);
        Assert.Contains("is no DRM system", error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> RequestAsync(HubProcess hub, string path, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(hub, path, arguments);
        Assert.True(exitCode == 0, error);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(HubProcess hub, string path, params string[] arguments) =>
        Tools.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), "cpix", "request", new Uri(hub.Address, path).AbsoluteUri, .. arguments]);
}
