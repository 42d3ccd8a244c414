using System.Net;
using DrmHub.KeyService.Tests.Cpix;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>Headers as no honest client writes them, over real sockets.</summary>
public sealed class SmugglingTests : IAsyncLifetime
{
    private KeyDoor _door = null!;
    private string _key = "";

    public async Task InitializeAsync()
    {
        _door = await KeyDoor.OpenAsync(new Clock(), _ => { }, TestCertificates.A);
        _door.Remote = IPAddress.Parse("192.0.2.7");
        _key = (await _door.Packagers.AddAsync(new Packager { Name = "studio" }, CredentialKind.ApiKey))!.Secret!;
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task The_right_key_alone_gets_in() => Assert.StartsWith("HTTP/1.1 200 ", await AskAsync($"X-API-Key: {_key}"), StringComparison.Ordinal);

    [Theory]
    [InlineData(401, "Authorization: Bearer KEY", "Authorization: Bearer KEY")]
    [InlineData(401, "Authorization: Bearer KEY", "authorization: Basic eDp5")]
    [InlineData(401, "Authorization: Basic eDp5", "AUTHORIZATION: Bearer KEY")]
    [InlineData(401, "X-API-Key: KEY", "x-api-key: KEY")]
    [InlineData(401, "X-API-Key: KEY", "Authorization: ")]
    [InlineData(401, "Authorization: Bearer KEY, Bearer KEY")]
    [InlineData(401, "Authorization: Bearer,KEY")]
    [InlineData(401, "Authorization: KEY")]
    [InlineData(401, "Proxy-Authorization: Bearer KEY")]
    [InlineData(401, "X_API_Key: KEY")]
    [InlineData(401, "Cookie: X-API-Key=KEY")]
    [InlineData(400, "X-API-Key : KEY")]
    [InlineData(400, "X-Other: a", " X-API-Key: KEY")]
    [InlineData(400, "X-API-Key: KEY\0")]
    public async Task Anything_doubtful_is_refused(int status, params string[] headers) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync([.. headers.Select(header => header.Replace("KEY", _key, StringComparison.Ordinal))]), StringComparison.Ordinal);

    [Fact]
    public async Task Headers_beyond_every_size_are_refused_and_the_door_stays_open()
    {
        foreach (var (size, status) in ((int, int)[])[(9_000, 401), (31_000, 401), (100_000, 431)])
        {
            string answer;
            try
            {
                answer = await AskAsync("Authorization: Bearer dhk_" + new string('a', size));
            }
            catch (IOException) when (status == 431)
            {
                continue; // The server hung up before it had read all.
            }

            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        }

        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync($"X-API-Key: {_key}"), StringComparison.Ordinal);
    }

    private Task<string> AskAsync(params string[] headers) => RawHttp.SendAsync(_door.Http.BaseAddress!, "GET /cpix/film HTTP/1.1", headers, "");
}
