using System.Net;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Limits;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Rates at the door, and whose word counts for where a request comes from.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task A_subscriber_that_asks_too_often_waits_and_the_log_is_not_flooded()
    {
        await using var door = await LicenseDoor.OpenAsync(configure: options => options.Limits = new LimitOptions { SubscriberBurst = 3, SubscriberPerSecond = 0.5 });
        var challenge = LicenseDoor.Challenge((await door.CreateKeysAsync("demo-title", TrackType.SD)).Values);
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await door.AskAsync(challenge, door.Token())).Status);
        for (var i = 0; i < 10; i++)
        {
            var limited = await door.AskAsync(challenge, door.Token());
            Assert.Equal((429, ReasonCodes.RateLimited, "2"), (limited.Status, limited.Code, limited.Headers["Retry-After"]));
        }

        Assert.Equal(4, (await door.Vault.EntriesAsync()).Count);
        Assert.NotEqual(429, (await door.AskAsync(challenge, door.Token("free"))).Status);
        door.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token())).Status);
    }

    [Fact]
    public async Task An_address_is_stopped_before_its_token_is_read()
    {
        await using var door = await LicenseDoor.OpenAsync(configure: options => options.Limits = new LimitOptions { AddressBurst = 2, AddressPerSecond = 1 });
        var exchange = new ScriptedExchange(ScriptedExchange.Question([]));
        var caller = new LicenseCaller("junk", "r") { Address = IPAddress.Parse("2001:db8:1:2::3") };
        for (var i = 0; i < 2; i++) Assert.Equal(ReasonCodes.TokenInvalid, (await door.Gate.AskAsync(exchange, caller, default)).Refusal!.Reason);
        var neighbour = caller with { Address = IPAddress.Parse("2001:db8:1:2:ffff::1") };
        Assert.Equal(ReasonCodes.RateLimited, (await door.Gate.AskAsync(exchange, neighbour, default)).Refusal!.Reason);
        Assert.Equal(ReasonCodes.TokenInvalid, (await door.Gate.AskAsync(exchange, caller with { Address = IPAddress.Parse("2001:db8:1:3::3") }, default)).Refusal!.Reason);
        Assert.Equal(ReasonCodes.TokenInvalid, (await door.Gate.AskAsync(exchange, caller with { Address = IPAddress.Loopback }, default)).Refusal!.Reason);
    }

    [Theory]
    [InlineData("198.51.100.7", null, null, "198.51.100.7", null)]
    [InlineData("198.51.100.7", "203.0.113.9", "IN", "198.51.100.7", null)]
    [InlineData("10.0.0.1", "203.0.113.9", "in", "203.0.113.9", "IN")]
    [InlineData("10.0.0.1", "192.0.2.66, 203.0.113.9", "IN", "203.0.113.9", "IN")]
    [InlineData("10.0.0.1", "203.0.113.9, 10.0.0.2", "XX", "203.0.113.9", null)]
    [InlineData("10.0.0.1", "nonsense", "India", "10.0.0.1", null)]
    [InlineData("10.0.0.1", null, "IN", "10.0.0.1", "IN")]
    [InlineData("::ffff:10.0.0.1", "2001:db8::1", "IN", "2001:db8::1", "IN")]
    public void Only_trusted_proxies_are_believed(string peer, string? forwarded, string? country, string address, string? found)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        if (forwarded is not null) http.Request.Headers["X-Forwarded-For"] = forwarded;
        if (country is not null) http.Request.Headers["CF-IPCountry"] = country;
        var options = new LicenseProxyOptions { TrustedProxies = [IPNetwork.Parse("10.0.0.0/8")], CountryHeader = "CF-IPCountry" };
        Assert.Equal((IPAddress.Parse(address), found), ClientAddress.Of(http, options));
    }

    [Fact]
    public async Task A_token_for_a_country_is_good_in_it_alone()
    {
        await using var door = await LicenseDoor.OpenAsync();
        var title = await door.CreateKeysAsync("demo-title", TrackType.SD);
        var caller = new LicenseCaller(door.Token(change: claims => claims["cty"] = "in"), "r");
        Assert.Null((await door.Gate.AskAsync(new ScriptedExchange(ScriptedExchange.Question(title.Values)), caller, default)).Refusal);
        Assert.Null((await door.Gate.AskAsync(new ScriptedExchange(ScriptedExchange.Question(title.Values)), caller with { Country = "IN" }, default)).Refusal);
        Assert.Equal(ReasonCodes.DealTerritory, (await door.Gate.AskAsync(new ScriptedExchange(ScriptedExchange.Question(title.Values)), caller with { Country = "US" }, default)).Refusal!.Reason);
    }

    [Fact]
    public void Options_are_checked_together()
    {
        var options = new LicenseProxyOptions
        {
            CountryHeader = "X",
            Sessions = new Sessions.SessionOptions { Lease = TimeSpan.FromSeconds(1) },
            Limits = new LimitOptions { SubscriberBurst = 0 },
            Callback = new Entitlements.CallbackOptions { Url = new Uri("http://192.0.2.1/") },
        };
        var errors = Assert.Throws<ArgumentException>(options.Validate).Message;
        foreach (var word in (string[])["TrustedProxies", "Lease", "burst", "https", "a secret"]) Assert.Contains(word, errors, StringComparison.Ordinal);
    }
}
