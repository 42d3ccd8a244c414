using System.Net;
using System.Text.Json;

namespace DrmHub.EndToEnd.Tests;

/// <summary>A node that was told to stop, as a load balancer with open connections sees it.</summary>
public sealed class DrainingTests
{
    [Fact]
    public async Task A_node_that_stops_says_so_answers_on_and_closes_each_connection_with_its_answer()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Shutdown:DrainSeconds=4");
        using (var before = await hub.Http.GetAsync("/audit/key")) Assert.NotEqual(true, before.Headers.ConnectionClose);
        var stop = hub.StopAsync();
        while ((await ReadyAsync(hub)).Status != "stopping" && !stop.IsCompleted) await Task.Delay(20);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "stopping", true), await ReadyAsync(hub));
        using (var live = await hub.Http.GetAsync("/health/live")) Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using (var key = await hub.Http.GetAsync("/audit/key"))
        {
            Assert.Equal(HttpStatusCode.OK, key.StatusCode);
            Assert.True(key.Headers.ConnectionClose);
        }

        await stop;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => hub.Http.GetAsync("/health/live"));
    }

    private static async Task<(HttpStatusCode Code, string? Status, bool? Close)> ReadyAsync(HubProcess hub)
    {
        using var answer = await hub.Http.GetAsync("/health/ready");
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, body.RootElement.GetProperty("status").GetString(), answer.Headers.ConnectionClose);
    }
}
