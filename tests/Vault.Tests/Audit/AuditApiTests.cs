using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditApiTests
{
    [Fact]
    public async Task Entries_are_for_readers_of_the_log_and_nobody_else()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await using var server = await AuditServer.StartAsync(log);
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.KeysIssued, Actor = "widevine_test", ContentId = "demo-title" });

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous.GetAsync("/audit/entries")).StatusCode);
        var page = await server.Reader.GetFromJsonAsync<JsonElement>("/audit/entries?content=demo-title&kind=keys.issued&limit=5");

        var item = Assert.Single(page.GetProperty("entries").EnumerateArray());
        Assert.Equal(0, item.GetProperty("index").GetInt64());
        Assert.Equal("widevine_test", item.GetProperty("entry").GetProperty("actor").GetString());
        Assert.Equal(1, page.GetProperty("complete").GetInt64());
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=abc")]
    [InlineData("kind=nonsense")]
    [InlineData("system=nonsense")]
    [InlineData("from=yesterday")]
    [InlineData("cursor=%00")]
    [InlineData("pseudonym=xyz")]
    [InlineData("contnet=demo-title")]
    [InlineData("content=a&content=b")]
    public async Task A_question_that_is_not_understood_is_refused_with_a_code(string filter)
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        await using var server = await AuditServer.StartAsync(await store.OpenAsync());

        var answer = await server.Reader.GetAsync("/audit/entries?" + filter);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("request.invalid", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }
}
