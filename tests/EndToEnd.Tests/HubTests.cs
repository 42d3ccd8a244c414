using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>The hub as its first user meets it: started with nothing configured.</summary>
public sealed class HubTests
{
    [Fact]
    public async Task It_prints_addresses_and_tokens_that_work()
    {
        await using var hub = await HubProcess.StartAsync();
        foreach (var expected in (string[])["/license/clearkey", "/cenc/getcontentkey/widevine_test", "/audit/entries", "/play", "demo-title", "WARNING"])
            Assert.Contains(expected, hub.Log, StringComparison.Ordinal);

        var printed = hub.Log.Split('\n').Select(line => line.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length == 2 && words[1].StartsWith("ey", StringComparison.Ordinal)).ToDictionary(words => words[0], words => words[1]);
        Assert.Equal(["free", "operator", "premium", "suspended"], printed.Keys.Order());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(hub, "/audit/entries", printed["operator"])).StatusCode);
        using var ready = await hub.Http.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task A_second_start_keeps_the_keys_and_the_tokens()
    {
        using var folder = new TemporaryFolder();
        string first, token;
        await using (var hub = await HubProcess.StartAsync(folder.Path))
        {
            first = await hub.Http.GetStringAsync("/play/demo.json");
            token = await hub.TokenAsync("admin", "--role", "audit.read");
        }

        await using var again = await HubProcess.StartAsync(folder.Path);
        Assert.Equal(first, await again.Http.GetStringAsync("/play/demo.json"));
        var entries = await ReadEntriesAsync(again, token);
        Assert.Equal(["demo-title", "demo-trailer"], entries.Select(entry => entry.GetProperty("entry")).Where(entry => entry.GetProperty("kind").GetString() == "keys.issued").Select(entry => entry.GetProperty("content").GetString()!).Where(content => content.StartsWith("demo-", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task The_log_opens_to_audit_read_and_to_nobody_else()
    {
        await using var hub = await HubProcess.StartAsync();
        await AssertProblemAsync(await GetAsync(hub, "/audit/entries", null), HttpStatusCode.Unauthorized, "token.missing");
        await AssertProblemAsync(await GetAsync(hub, "/audit/entries", "x.y.z"), HttpStatusCode.Unauthorized, "token.invalid");
        await AssertProblemAsync(await GetAsync(hub, "/audit/entries", await hub.TokenAsync("player", "--sub", "demo-premium")), HttpStatusCode.Unauthorized, "token.invalid");
        await AssertProblemAsync(await GetAsync(hub, "/audit/entries", await hub.TokenAsync("admin", "--role", "rights.read,keys.admin")), HttpStatusCode.Forbidden, "role.missing");
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(hub, "/audit/entries", await hub.TokenAsync("admin", "--role", "audit.read"))).StatusCode);
    }

    [Fact]
    public async Task No_content_key_stands_in_the_database_or_in_the_log_lines()
    {
        using var folder = new TemporaryFolder();
        var secrets = new List<byte[]>();
        string log;
        await using (var hub = await HubProcess.StartAsync(folder.Path, "--Logging:Level=Verbose"))
        {
            var inner = """{"content_id":"ZGVtby1jdXN0b2R5","tracks":[{"type":"SD"},{"type":"HD"},{"type":"AUDIO"}]}"""u8.ToArray();
            using var issued = await hub.Http.PostAsJsonAsync("/cenc/getcontentkey/widevine_test", new { request = Convert.ToBase64String(inner) });
            var outer = await issued.Content.ReadFromJsonAsync<JsonElement>();
            using var response = JsonDocument.Parse(outer.GetProperty("response").GetBytesFromBase64());
            foreach (var track in response.RootElement.GetProperty("tracks").EnumerateArray())
            {
                secrets.Add(track.GetProperty("key").GetBytesFromBase64());
                var kid = System.Buffers.Text.Base64Url.EncodeToString(track.GetProperty("key_id").GetBytesFromBase64());
                using var request = new HttpRequestMessage(HttpMethod.Post, "/license/clearkey") { Content = new StringContent($$"""{"kids":["{{kid}}"]}""") };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await hub.TokenAsync("player", "--sub", "demo-premium"));
                (await hub.Http.SendAsync(request)).Dispose();
            }

            log = hub.Log;
            await AssertAbsentAsync(secrets, folder.Path, log);
        }

        Assert.Equal(3, secrets.Count);
        await AssertAbsentAsync(secrets, folder.Path, log);
    }

    [Fact]
    public async Task Production_refuses_the_development_defaults_and_lists_them()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "drmhub.dll");
        using var folder = new TemporaryFolder();
        var (exitCode, _, error) = await Tools.RunAsync("dotnet", [program, "serve", "--data", folder.Path, "--urls", "http://0.0.0.0:0"]);
        Assert.Equal(1, exitCode);
        foreach (var named in (string[])["Tokens:PublicKeyFiles", "KeyService:Signers", "Vault:MasterKey"]) Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token", "player")]
    [InlineData("token", "admin", "--role", "everything")]
    [InlineData("token", "player", "--sub", "a", "--max", "8K")]
    [InlineData("nonsense")]
    public async Task Wrong_usage_exits_with_2(params string[] arguments)
    {
        var (exitCode, _, error) = await Tools.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), .. arguments]);
        Assert.Equal(2, exitCode);
        Assert.NotEmpty(error);
    }

    /// <summary>In every file of the data directory but the master key, and in the log, in every usual encoding.</summary>
    private static async Task AssertAbsentAsync(List<byte[]> secrets, string folder, string log)
    {
        // Copied first: the hub holds some of its files locked.
        using var copy = new TemporaryFolder();
        Assert.Equal(0, (await Tools.RunAsync("cp", ["-r", folder, copy.Path])).ExitCode);
        var haystacks = Directory.EnumerateFiles(copy.Path, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith("master.key", StringComparison.Ordinal)).Select(File.ReadAllBytes).Append(Encoding.UTF8.GetBytes(log)).ToList();
        foreach (var secret in secrets)
        {
            var text = new[]
            {
                Convert.ToHexStringLower(secret), Convert.ToHexString(secret), Convert.ToBase64String(secret).TrimEnd('='), System.Buffers.Text.Base64Url.EncodeToString(secret),
                new Guid(secret, bigEndian: true).ToString(), new Guid(secret).ToString(),
            };
            foreach (var needle in text.Select(Encoding.UTF8.GetBytes).Append(secret))
                Assert.All(haystacks, haystack => Assert.True(haystack.AsSpan().IndexOf(needle) < 0, "A content key was found in the clear."));
        }
    }

    private static async Task<HttpResponseMessage> GetAsync(HubProcess hub, string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await hub.Http.SendAsync(request);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        using (response)
        {
            Assert.Equal(status, response.StatusCode);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(code, problem.GetProperty("code").GetString());
        }
    }

    private static async Task<List<JsonElement>> ReadEntriesAsync(HubProcess hub, string token)
    {
        using var response = await GetAsync(hub, "/audit/entries", token);
        return [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("entries").EnumerateArray()];
    }
}
