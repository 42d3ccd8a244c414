using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

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

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _hub.Http.SendAsync(request);
    }
}
