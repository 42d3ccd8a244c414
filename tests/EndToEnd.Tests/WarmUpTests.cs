using System.Net;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>A hub that warms up before it opens its doors leaves nothing of that in its own house.</summary>
public sealed class WarmUpTests
{
    private const string WarmUp = "--WarmUp=true";

    [Fact]
    public async Task Warming_up_leaves_nothing_in_the_log_the_metrics_and_the_data_directory()
    {
        await using var hub = await HubProcess.StartAsync(null, WarmUp);
        Assert.DoesNotContain("warm-up failed", hub.Log, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(hub.Data, "warm-up")));
        Assert.DoesNotContain("drmhub_licenses_total", await hub.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/audit/entries?kind=license.granted");
        request.Headers.Authorization = new("Bearer", await hub.TokenAsync("admin", "--role", "audit.read"));
        using var answer = await hub.Http.SendAsync(request);
        var entries = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK && !entries.Contains("license.granted", StringComparison.Ordinal), entries);
    }

    [Fact]
    public async Task A_hub_that_cannot_warm_up_starts_all_the_same_and_says_so()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "warm-up"), "Not a folder.");
        await using var hub = await HubProcess.StartAsync(folder.Path, WarmUp);
        Assert.Equal(HttpStatusCode.OK, (await hub.Http.GetAsync("/health/ready")).StatusCode);
        Assert.Contains("warm-up failed", hub.Log, StringComparison.Ordinal);
    }
}
