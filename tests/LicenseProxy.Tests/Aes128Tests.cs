using System.Net.Http.Headers;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;

namespace DrmHub.LicenseProxy.Tests;

public sealed class Aes128Tests : IAsyncLifetime
{
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;

    public async Task InitializeAsync()
    {
        _door = await LicenseDoor.OpenAsync();
        _title = await _door.CreateKeysAsync("demo-title", TrackType.SD, TrackType.HD);
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task The_key_comes_raw_to_an_entitled_player_of_any_origin()
    {
        using var response = await GetAsync(_title["SD"].ToString(), _door.Token());
        using var stored = (await _door.Vault.Keys.FindAsync([_title["SD"]])).Single();
        Assert.Equal(stored.Key.Bytes.ToArray(), await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        var entry = (await _door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.LicenseGranted, DrmSystem.Aes128), (entry.Kind, entry.System));
    }

    [Theory]
    [InlineData("SD", null, 401)]
    [InlineData("SD", "free", 403)]
    [InlineData("HD", "premium", 403)]
    [InlineData("00112233445566778899aabbccddeeff", "premium", 404)]
    [InlineData("not-a-key-id", "premium", 400)]
    public async Task Anybody_else_gets_a_problem_and_no_byte_of_it(string kid, string? subscriber, int status)
    {
        using var response = await GetAsync(_title.TryGetValue(kid, out var keyId) ? keyId.ToHex() : kid, subscriber is null ? null : _door.Token(subscriber));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    private async Task<HttpResponseMessage> GetAsync(string kid, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/key/" + kid);
        request.Headers.Add("Origin", "https://player.example");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _door.Http.SendAsync(request);
    }
}
