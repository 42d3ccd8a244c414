using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using DrmHub.KeyService.Cpix;

namespace DrmHub.EndToEnd.Tests;

/// <summary><c>/admin/keys</c> on a running hub: keys as a table, for <c>keys.admin</c> and for nobody else.</summary>
public sealed class KeyTableTests : IAsyncLifetime
{
    private const string Kid = "11112222-3333-4444-5555-666677778888";
    private const string Key = "00112233445566778899aabbccddeeff";

    private HubProcess _hub = null!;

    public async Task InitializeAsync() => _hub = await HubProcess.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task Keys_come_in_and_leave_by_keys_admin_alone_and_the_log_says_so()
    {
        var admin = await _hub.TokenAsync("admin", "--role", "keys.admin", "--name", "custodian");
        var row = new { contentId = "old-title", keyId = Kid, key = Key, track = "SD", scheme = "cbcs", minPixels = 0, maxPixels = 589_824 };
        foreach (var created in (int[])[1, 0])
        {
            using var imported = await SendAsync(HttpMethod.Post, "/admin/keys", admin, new[] { row });
            var answer = await imported.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal((created, 1 - created), (answer.GetProperty("created").GetInt32(), answer.GetProperty("present").GetInt32()));
        }

        // Bad tables store nothing of themselves, and never show a key.
        foreach (var (keyId, key, scheme) in ((string, string, string)[])[(Kid, new string('a', 32), "cbcs"), ("kid", Key, "cenc"), (Kid, "AAAAAAAAAAAAAAAAAAAAAA==", "cenc"), (Kid, Key, "ctr")])
        {
            using var refused = await SendAsync(HttpMethod.Post, "/admin/keys", admin, new[] { new { contentId = "old-title", keyId, key, track = "SD", scheme } });
            Assert.Equal(422, (int)refused.StatusCode);
            var body = await refused.Content.ReadAsStringAsync();
            Assert.Contains("keys.import", body, StringComparison.Ordinal);
            Assert.DoesNotContain(key, body, StringComparison.Ordinal);
        }

        using (var without = await SendAsync(HttpMethod.Get, "/admin/keys?content=old-title", admin)) Assert.DoesNotContain(Key, await without.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using (var with = await SendAsync(HttpMethod.Get, "/admin/keys?content=old-title&values=true", admin))
        {
            Assert.Contains(Key, await with.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.True(with.Headers.CacheControl!.NoStore);
        }

        using (var nobody = await SendAsync(HttpMethod.Get, "/admin/keys?content=old-title&values=true", token: null)) Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        using (var other = await SendAsync(HttpMethod.Get, "/admin/keys?content=old-title&values=true", await _hub.TokenAsync("admin", "--role", "keys.request,audit.read"))) Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);

        using var log = await SendAsync(HttpMethod.Get, "/audit/entries?content=old-title", await _hub.TokenAsync("admin", "--role", "audit.read"));
        var entries = (await log.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("entry")).ToList();
        Assert.Equal(["export", "export", "import"], entries.Select(entry => entry.GetProperty("kind").GetString()).Take(3));
        Assert.All(entries, entry => Assert.Equal("custodian", entry.GetProperty("actor").GetString()));
        Assert.DoesNotContain(Key, await log.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_encrypted_cpix_document_comes_into_custody_without_its_private_key_leaving_the_machine()
    {
        var folder = Directory.CreateTempSubdirectory("drmhub-import-");
        try
        {
            using var rsa = RSA.Create(2048);
            using var certificate = new CertificateRequest("CN=recipient", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var pfx = Path.Combine(folder.FullName, "recipient.pfx");
            await File.WriteAllBytesAsync(pfx, certificate.Export(X509ContentType.Pfx));
            var document = CpixDocument.Create("2.3", "imported");
            var key = document.AddContentKey(DrmHub.Cenc.KeyId.Parse(Kid));
            key.CommonEncryptionScheme = "cbcs";
            key.SetKey(Convert.FromHexString(Key));
            var rule = document.AddUsageRule(key.Kid);
            rule.IntendedTrackType = "HD";
            rule.Add(new VideoFilter(589_825, 2_073_600));
            document.AddRecipient(certificate);
            document.EncryptKeys();
            var file = Path.Combine(folder.FullName, "keys.xml");
            await File.WriteAllBytesAsync(file, document.Save());
            var header = Path.Combine(folder.FullName, "header");
            await File.WriteAllTextAsync(header, "Authorization: Bearer " + await _hub.TokenAsync("admin", "--role", "keys.admin"));
            string[] command = ["cpix", "import", file, "--url", _hub.Http.BaseAddress!.ToString(), "--header-file", header];

            Assert.Equal(1, (await RunAsync(command)).ExitCode);
            var done = await RunAsync([.. command, "--certificate", pfx]);
            Assert.True(done.ExitCode == 0, done.Error);
            Assert.Contains("1 keys are new, 0 were there already", done.Output, StringComparison.Ordinal);
            Assert.Contains("0 keys are new, 1 were there already", (await RunAsync([.. command, "--certificate", pfx])).Output, StringComparison.Ordinal);

            var admin = await _hub.TokenAsync("admin", "--role", "keys.admin");
            using var table = await SendAsync(HttpMethod.Get, "/admin/keys?content=imported&values=true", admin);
            var row = (await table.Content.ReadFromJsonAsync<JsonElement>())[0];
            Assert.Equal((Key, "HD", "cbcs", 2_073_600), (row.GetProperty("key").GetString(), row.GetProperty("track").GetString(), row.GetProperty("scheme").GetString(), row.GetProperty("maxPixels").GetInt32()));

            // Another key under the same id, keys that stayed encrypted, and what is no document: refused, and nothing changes.
            using (var locked = await SendXmlAsync("/admin/keys/cpix", admin, document.Save())) Assert.Equal(422, (int)locked.StatusCode);
            using (var noise = await SendXmlAsync("/admin/keys/cpix", admin, "<CPIX/>"u8.ToArray())) Assert.Equal(422, (int)noise.StatusCode);
            using (var nobody = await SendXmlAsync("/admin/keys/cpix", null, document.Save())) Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<string> arguments) => Tools.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), .. arguments]);

    private async Task<HttpResponseMessage> SendXmlAsync(string path, string? token, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _hub.Http.SendAsync(request);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _hub.Http.SendAsync(request);
    }
}
