using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Two hubs over one PostgreSQL: what is changed on one holds on the other, for who plays there already too.</summary>
public sealed class RightsNodesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "drmhub.dll");

    [SkippableFact]
    public async Task A_takedown_on_one_node_stops_licences_and_renewals_on_the_other_until_it_is_lifted()
    {
        Skip.If(postgres.Reason is not null, postgres.Reason);
        using var folder = new TemporaryFolder();
        var storage = "--Storage:PostgreSql=" + await postgres.CreateDatabaseAsync();
        await using var one = await HubProcess.StartAsync(folder.Path, storage, "--Node=one");
        await using var two = await HubProcess.StartAsync(folder.Path, storage, "--Node=two", $"--Audit:SpoolFile={folder["spool-two"]}", $"--Audit:SignerFile={folder["signed-two"]}");
        var player = await one.TokenAsync("player", "--sub", "demo-premium");
        var editor = await one.TokenAsync("admin", "--role", "rights.read,rights.write");
        var keyId = (await two.Http.GetFromJsonAsync<JsonElement>("/play/demo.json")).GetProperty("tracks").EnumerateArray().First().GetProperty("keyId").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(two, player, keyId)).Status);

        // By command, on the database that both share.
        var (exitCode, output, error) = await Tools.RunAsync("dotnet", [Program, "rights", "takedown", "demo-title", "--reason", "test", "--data", folder.Path, storage]);
        Assert.True(exitCode == 0, error);
        Assert.Equal("demo-title", output.Trim());
        await EventuallyAsync(two, player, keyId, HttpStatusCode.Forbidden, "deal.closed");
        await EventuallyAsync(one, player, keyId, HttpStatusCode.Forbidden, "deal.closed");

        // By REST, on the other node.
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(one, HttpMethod.Delete, "/rights/takedowns/demo-title", editor)).StatusCode);
        await EventuallyAsync(two, player, keyId, HttpStatusCode.OK, null);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(one, HttpMethod.Patch, "/rights/subscribers/demo-premium", editor, """{"status":"Suspended"}""")).StatusCode);
        await EventuallyAsync(two, player, keyId, HttpStatusCode.Forbidden, "entitlement.suspended");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(two, HttpMethod.Patch, "/rights/subscribers/demo-premium", editor, """{"status":"Active"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(two, HttpMethod.Patch, "/rights/deals/demo", editor, """{"territoriesExcluded":["IN"]}""")).StatusCode);
        await EventuallyAsync(one, player, keyId, HttpStatusCode.Forbidden, "deal.territory");
    }

    [Fact]
    public async Task Every_route_is_described_and_every_example_of_it_works()
    {
        await using var hub = await HubProcess.StartAsync();
        var description = await hub.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var paths = description.GetProperty("paths").EnumerateObject().ToDictionary(path => path.Name, path => path.Value);
        foreach (var path in (string[])["/cpix", "/license/clearkey", "/key/{kid}", "/audit/entries", "/rights/deals", "/rights/deals/{id}", "/rights/subscriptions/{subscriber}/{key}", "/rights/devices", "/rights/decide", "/rights/import", "/health/ready"])
            Assert.Contains(path, paths.Keys);

        var editor = await hub.TokenAsync("admin", "--role", "rights.read,rights.write");
        var sent = 0;
        foreach (var (path, operations) in paths.OrderBy(path => path.Key.Contains("/rights/deals", StringComparison.Ordinal) ? 0 : 1))
        {
            foreach (var operation in operations.EnumerateObject().OrderBy(operation => operation.Name == "put" ? 0 : 1))
            {
                if (!operation.Value.TryGetProperty("requestBody", out var body)) continue;
                var content = body.GetProperty("content").EnumerateObject().First();
                if (!content.Value.TryGetProperty("example", out var example)) continue;
                var address = path.Replace("{id}", "example", StringComparison.Ordinal).Replace("{subscriber}", "example", StringComparison.Ordinal).Replace("{key}", "thing", StringComparison.Ordinal).Replace("{device}", "tv", StringComparison.Ordinal);
                using var answer = await SendAsync(hub, new HttpMethod(operation.Name.ToUpperInvariant()), address, editor, example.GetRawText(), content.Name);
                Assert.True(answer.IsSuccessStatusCode, $"{operation.Name} {address}: {await answer.Content.ReadAsStringAsync()}");
                sent++;
            }
        }

        Assert.Equal(Host.Hosting.OpenApiExamples.Requests.Count, sent);
        var problem = paths["/rights/deals/{id}"].GetProperty("put").GetProperty("responses").GetProperty("412").GetProperty("content").GetProperty("application/problem+json").GetProperty("example");
        Assert.Equal("rights.changed", problem.GetProperty("code").GetString());
        var deal = description.GetProperty("components").GetProperty("schemas").GetProperty("Deal").GetProperty("properties");
        Assert.Equal("date-time", deal.GetProperty("opens").GetProperty("format").GetString());
    }

    private static async Task<(HttpStatusCode Status, string? Code)> AskAsync(HubProcess hub, string player, string keyId)
    {
        var challenge = JsonSerializer.Serialize(new { kids = new[] { Base64Url.EncodeToString(Convert.FromHexString(keyId.Replace("-", "", StringComparison.Ordinal))) }, type = "temporary" });
        using var answer = await SendAsync(hub, HttpMethod.Post, "/license/clearkey", player, challenge);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (answer.StatusCode, body.TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    private static async Task<HttpResponseMessage> SendAsync(HubProcess hub, HttpMethod method, string path, string token, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, type);
        return await hub.Http.SendAsync(request);
    }

    private static async Task EventuallyAsync(HubProcess hub, string player, string keyId, HttpStatusCode status, string? code)
    {
        (HttpStatusCode, string?) last = default;
        for (var i = 0; i < 200; i++)
        {
            last = await AskAsync(hub, player, keyId);
            if (last == (status, code)) return;
            await Task.Delay(50);
        }

        Assert.Equal((status, code), last);
    }
}
