using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Rates at the doors of packagers and operators, by address, by refused credential and by operator. Addresses are those that a trusted proxy on this machine names.</summary>
public sealed class DoorLimitTests
{
    private const string Behind = "--Players:TrustedProxies:0=127.0.0.1";
    private const string Slow = "0.01";

    [Fact]
    public async Task An_address_that_asks_too_often_waits_at_that_door_and_others_do_not()
    {
        await using var hub = await HubProcess.StartAsync(null, Behind, "--Limits:ServiceAddressBurst=3", $"--Limits:ServiceAddressPerSecond={Slow}");
        foreach (var path in (string[])["/cpix/none", "/rights/deals", "/podcasts/none/feed.xml"]) Assert.NotEqual(429, await StatusAsync(hub, path, "192.0.2.1"));
        Assert.NotEqual(429, await StatusAsync(hub, "/audit/checkpoint", "192.0.2.1"));

        using (var limited = await SendAsync(hub, "/rights/deals", "192.0.2.1"))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, limited.StatusCode);
            Assert.Equal("100", Assert.Single(limited.Headers.GetValues("Retry-After")));
            Assert.Equal("rate.limited", (await limited.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        }

        using (var page = await SendAsync(hub, "/console/sign-in", "192.0.2.1"))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, page.StatusCode);
            Assert.Contains("Too many requests", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.True(page.Headers.Contains("Retry-After"));
        }

        // Key routes are counted by themselves, and players' by their own door; probes are never refused.
        for (var i = 0; i < 2; i++) Assert.NotEqual(429, await StatusAsync(hub, "/cpix/none", "192.0.2.1"));
        Assert.Equal(429, await StatusAsync(hub, "/cpix/none", "192.0.2.1"));
        Assert.Equal(401, await StatusAsync(hub, "/key/00112233445566778899aabbccddeeff", "192.0.2.1"));
        Assert.Equal(200, await StatusAsync(hub, "/health/ready", "192.0.2.1"));

        // IPv6 is counted by /64; another address and this machine are not touched.
        for (var i = 0; i < 3; i++) Assert.NotEqual(429, await StatusAsync(hub, "/cpix/none", $"2001:db8:1:2::{i}"));
        Assert.Equal(429, await StatusAsync(hub, "/cpix/none", "2001:db8:1:2:ffff::1"));
        Assert.NotEqual(429, await StatusAsync(hub, "/cpix/none", "2001:db8:1:3::1"));
        for (var i = 0; i < 10; i++) Assert.NotEqual(429, await StatusAsync(hub, "/cpix/none", null));

        var metrics = await hub.Http.GetStringAsync("/metrics");
        Assert.Contains("drmhub_requests_limited_total{", metrics, StringComparison.Ordinal);
        Assert.Contains("limit=\"address\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_are_refused_too_often_are_looked_at_no_more_but_those_that_were_good_are()
    {
        await using var hub = await HubProcess.StartAsync(null, Behind, "--KeyService:AllowUnsigned=false", "--Limits:FailuresBurst=3", $"--Limits:FailuresPerSecond={Slow}");
        var (known, other) = (await hub.TokenAsync("admin", "--role", "keys.request,rights.read"), await hub.TokenAsync("admin", "--role", "keys.request"));
        Assert.Equal(200, await StatusAsync(hub, "/cpix/demo-limits", "192.0.2.1", known));

        // A question without a credential is no failure: Digest begins so.
        for (var i = 0; i < 5; i++) Assert.Equal(401, await StatusAsync(hub, "/cpix/demo-limits", "192.0.2.1"));
        Assert.Equal(401, await StatusAsync(hub, "/cpix/demo-limits", "192.0.2.1", "junk-1"));
        Assert.Equal(401, await StatusAsync(hub, "/rights/deals", "192.0.2.1", "junk-2"));
        Assert.Contains("SIGNATURE_FAILED", await SignedAsync(hub, "192.0.2.1"), StringComparison.Ordinal);

        Assert.Equal(429, await StatusAsync(hub, "/cpix/demo-limits", "192.0.2.1", "junk-3"));
        Assert.Equal(429, await StatusAsync(hub, "/audit/entries", "192.0.2.1", "junk-4"));
        Assert.Contains("rate.limited", await SignedAsync(hub, "192.0.2.1"), StringComparison.Ordinal);
        Assert.Equal(429, await StatusAsync(hub, "/podcasts/none/feed.xml?token=guess", "192.0.2.1"));
        Assert.Equal(429, await StatusAsync(hub, "/cpix/demo-limits", "192.0.2.1", other));

        Assert.Equal(200, await StatusAsync(hub, "/cpix/demo-limits", "192.0.2.1", known));
        Assert.Equal(200, await StatusAsync(hub, "/rights/deals", "192.0.2.1", known));
        Assert.Equal(200, await StatusAsync(hub, "/audit/key", "192.0.2.1"));
        Assert.Equal(200, await StatusAsync(hub, "/cpix/demo-limits", "192.0.2.2", other));
        Assert.Contains("limit=\"credentials\"", await hub.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);

        await hub.StopAsync();
        Assert.DoesNotContain("junk-", hub.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_and_a_subscriber_have_their_rate_in_development_too_where_it_is_set()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Limits:OperatorBurst=3", $"--Limits:OperatorPerSecond={Slow}", "--Limits:SubscriberBurst=3", $"--Limits:SubscriberPerSecond={Slow}");
        var admin = await hub.TokenAsync("admin", "--role", "rights.read,audit.read,keys.request");
        foreach (var path in (string[])["/rights/deals", "/audit/entries", "/cpix/demo-limits"]) Assert.Equal(200, await StatusAsync(hub, path, null, admin));
        foreach (var path in (string[])["/rights/deals", "/audit/entries", "/cpix/demo-limits", "/music/releases"]) Assert.Contains(await StatusAsync(hub, path, null, admin), (int[])[403, 429]);
        Assert.Equal(429, await StatusAsync(hub, "/rights/deals", null, admin));
        Assert.Equal(200, await StatusAsync(hub, "/audit/checkpoint", null));
        Assert.Contains("limit=\"operator\"", await hub.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);

        var player = await hub.TokenAsync("player", "--sub", "demo-premium");
        for (var i = 0; i < 3; i++) Assert.Equal(404, await StatusAsync(hub, "/key/00112233445566778899aabbccddeeff", null, player));
        Assert.Equal(429, await StatusAsync(hub, "/key/00112233445566778899aabbccddeeff", null, player));
    }

    [Fact]
    public async Task In_development_nobody_has_a_rate_that_was_not_set()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Limits:OperatorBurst=3", "--Limits:SubscriberBurst=3");
        var (admin, player) = (await hub.TokenAsync("admin", "--role", "rights.read"), await hub.TokenAsync("player", "--sub", "demo-premium"));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(200, await StatusAsync(hub, "/rights/deals", null, admin));
            Assert.Equal(404, await StatusAsync(hub, "/key/00112233445566778899aabbccddeeff", null, player));
        }
    }

    private static async Task<string> SignedAsync(HubProcess hub, string from)
    {
        var message = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"content_id":"ZGVtby1saW1pdHM=","tracks":[{"type":"SD"}]}"""));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/cenc/getcontentkey/stranger") { Content = new StringContent($$"""{"request":"{{message}}","signature":"{{Convert.ToBase64String(new byte[32])}}","signer":"stranger"}""") };
        request.Headers.Add("X-Forwarded-For", from);
        using var answer = await hub.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        using var body = JsonDocument.Parse(text);
        return body.RootElement.TryGetProperty("response", out var response) ? Encoding.UTF8.GetString(response.GetBytesFromBase64()) : text;
    }

    private static async Task<int> StatusAsync(HubProcess hub, string path, string? from, string? token = null)
    {
        using var answer = await SendAsync(hub, path, from, token);
        return (int)answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(HubProcess hub, string path, string? from, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (from is not null) request.Headers.Add("X-Forwarded-For", from);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await hub.Http.SendAsync(request);
    }
}
