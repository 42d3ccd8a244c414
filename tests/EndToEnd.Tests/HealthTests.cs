using System.Net;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>What a node says of itself while its database is not there yet, is there, and is gone.</summary>
public sealed class HealthTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [SkippableFact]
    public async Task A_node_that_starts_is_told_from_one_that_is_broken()
    {
        Skip.If(postgres.Reason is not null || !postgres.IsOwn, postgres.Reason ?? "The server is not this test's own.");
        using var folder = new TemporaryFolder();
        var storage = "--Storage:PostgreSql=" + await postgres.CreateDatabaseAsync();
        postgres.Kill();
        var address = new Uri($"http://127.0.0.1:{PostgresFixture.FreePort()}");
        var start = HubProcess.StartAsync(folder.Path, "--urls", address.ToString(), storage);
        using var http = new HttpClient { BaseAddress = address };
        Assert.Equal((503, "starting"), await UntilAsync(http, "starting"));
        using (var live = await http.GetAsync("/health/live")) Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using (var early = await http.PostAsync("/license/clearkey", new StringContent("{}")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
            Assert.NotNull(early.Headers.RetryAfter);
        }

        postgres.Start();
        await using var hub = await start;
        Assert.Equal((200, "ready"), await UntilAsync(hub.Http, "ready"));

        postgres.Kill();
        Assert.Equal((503, "database_away"), await UntilAsync(hub.Http, "database_away"));
        using (var live = await hub.Http.GetAsync("/health/live")) Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        postgres.Start();
        Assert.Equal((200, "ready"), await UntilAsync(hub.Http, "ready"));
    }

    private static async Task<(int Code, string? Status)> UntilAsync(HttpClient http, string wanted)
    {
        (int, string?) last = default;
        for (var i = 0; i < 600; i++)
        {
            try
            {
                using var answer = await http.GetAsync("/health/ready");
                using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
                last = ((int)answer.StatusCode, body.RootElement.GetProperty("status").GetString());
                if (last.Item2 == wanted) return last;
            }
            catch (HttpRequestException)
            {
                // Nobody listens yet.
            }

            await Task.Delay(100);
        }

        return last;
    }
}
