using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace DrmHub.EndToEnd.Tests;

/// <summary>The players' door of a running hub: tokens in addresses, and devices as an operator sees them.</summary>
public sealed class DoorTests
{
    [Fact]
    public async Task A_token_in_an_address_works_where_it_is_allowed_and_is_in_no_log()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Tokens:InQuery=true", "--Logging:Level=Verbose");
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        using var found = await hub.Http.GetAsync(new Uri("/key/00112233445566778899aabbccddeeff?token=" + token, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, found.StatusCode);
        using var refused = await hub.Http.GetAsync(new Uri("/key/00112233445566778899aabbccddeeff?token=" + token[..^4], UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.DoesNotContain(token, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await hub.StopAsync();
        Assert.DoesNotContain(token.Split('.')[1], hub.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_sees_the_devices_of_an_account_and_gives_a_slot_back()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Devices:Limit=1");
        var admin = await hub.TokenAsync("admin", "--role", "rights.read,rights.write,audit.read,keys.admin");
        var keys = await SendAsync(hub, HttpMethod.Get, "/admin/keys?content=demo-title", admin);
        var kid = keys.EnumerateArray().First(key => key.GetProperty("track").GetString() == "SD").GetProperty("keyId").GetString();
        Assert.Equal(200, await StatusAsync(hub, HttpMethod.Get, "/key/" + kid, await hub.TokenAsync("player", "--sub", "demo-premium", "--device", "tv")));
        Assert.Equal(403, await StatusAsync(hub, HttpMethod.Get, "/key/" + kid, await hub.TokenAsync("player", "--sub", "demo-premium", "--device", "phone")));
        var slot = Assert.Single((await SendAsync(hub, HttpMethod.Get, "/devices/demo-premium", admin)).EnumerateArray());
        Assert.Equal("tv", slot.GetProperty("device").GetString());

        // A player's token opens none of this.
        Assert.Equal(401, await StatusAsync(hub, HttpMethod.Get, "/devices/demo-premium", await hub.TokenAsync("player", "--sub", "demo-premium")));
        Assert.Equal(403, await StatusAsync(hub, HttpMethod.Delete, "/devices/demo-premium/tv", await hub.TokenAsync("admin", "--role", "rights.read")));
        Assert.Equal(204, await StatusAsync(hub, HttpMethod.Delete, "/devices/demo-premium/tv", admin));
        Assert.Equal(404, await StatusAsync(hub, HttpMethod.Delete, "/devices/demo-premium/tv", admin));
        var entries = (await SendAsync(hub, HttpMethod.Get, "/audit/entries", admin)).GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("entry").GetProperty("kind").GetString());
        Assert.Contains("administration", entries);
    }

    [Theory]
    [InlineData("--Sessions:Lease=00:00:01", "Lease")]
    [InlineData("--Players:CountryHeader=CF-IPCountry", "TrustedProxies")]
    [InlineData("--Entitlements:Url=http://192.0.2.1/", "https")]
    [InlineData("--Operators:Discovery=true", "https")]
    public async Task Settings_that_cannot_be_meant_stop_the_start_and_are_named(string setting, string word)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => HubProcess.StartAsync(null, setting));
        Assert.Contains(word, failure.Message, StringComparison.Ordinal);
    }

    private static async Task<int> StatusAsync(HubProcess hub, HttpMethod method, string path, string token)
    {
        using var response = await hub.Http.SendAsync(Request(method, path, token));
        return (int)response.StatusCode;
    }

    private static async Task<JsonElement> SendAsync(HubProcess hub, HttpMethod method, string path, string token)
    {
        using var response = await hub.Http.SendAsync(Request(method, path, token));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string token) => new(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
}
