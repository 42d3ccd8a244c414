using System.Net.Http.Headers;
using System.Text.Json;

namespace DrmHub.EndToEnd.Tests;

/// <summary><c>drmhub load</c> against a hub: what it counted is what the log holds.</summary>
public sealed class LoadTests
{
    [Fact]
    public async Task Every_licence_that_players_got_is_in_the_log_and_every_refusal_too()
    {
        await using var hub = await HubProcess.StartAsync();
        var page = Path.Combine(hub.Data, "load.html");

        var (code, output, error) = await Tools.RunAsync("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), "load", "--url", hub.Address.ToString(), "--data", hub.Data, "--players", "120", "--ramp", "4s", "--duration", "8s", "--renewal", "2s",
            "--stay", "5s", "--devices", "clearkey:3,widevine-l1:1,widevine-l3:1,playready-3000:1", "--plans", "premium:4,none:1", "--html", page, "--json",
        ]);

        Assert.True(code == 0, output + error);
        using var summary = JsonDocument.Parse(output);
        var refusals = summary.RootElement.GetProperty("refusals").EnumerateObject().Sum(each => each.Value.GetInt64());
        var licenses = summary.RootElement.GetProperty("acts").EnumerateArray().Where(row => row.GetProperty("act").GetString() is "Join" or "Renew").Sum(row => row.GetProperty("count").GetInt64());
        Assert.True(refusals > 0 && licenses > refusals);
        var token = await hub.TokenAsync("admin", "--role", "audit.read");
        Assert.Equal(licenses - refusals, await CountAsync(hub, token, "license.granted") + await CountAsync(hub, token, "license.renewed"));
        Assert.Equal(refusals, await CountAsync(hub, token, "license.refused"));
        Assert.Contains("<svg", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_s_machine_is_not_loaded()
    {
        var (code, _, error) = await Tools.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), "load", "--url", "http://drm.example.net/"]);

        Assert.Equal(2, code);
        Assert.Contains("--allow-host", error, StringComparison.Ordinal);
    }

    private static async Task<long> CountAsync(HubProcess hub, string token, string kind)
    {
        long count = 0;
        for (string? cursor = null; ;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/audit/entries?kind={kind}&limit=500{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await hub.Http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            using var answer = JsonDocument.Parse(text);
            count += answer.RootElement.GetProperty("entries").GetArrayLength();
            cursor = answer.RootElement.TryGetProperty("next", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null;
            if (cursor is null) return count;
        }
    }
}
