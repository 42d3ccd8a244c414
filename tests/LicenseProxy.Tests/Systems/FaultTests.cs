using System.Net.Http.Headers;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tests.Upstreams;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests.Systems;

/// <summary>What players and the log see while licence services fail: the right reason, one entry, and no licence without one.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private WidevineTestService _service = null!;
    private TestUpstream _other = null!;
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;

    public async Task InitializeAsync()
    {
        _service = await WidevineTestService.StartAsync();
        _other = await TestUpstream.StartAsync(TestUpstream.Fails(500));
        static UpstreamOptions Short(UpstreamOptions options) => options with { FirstByteTimeout = TimeSpan.FromSeconds(2), FailoverAfter = TimeSpan.FromSeconds(1.5), Timeout = TimeSpan.FromSeconds(3), BreakerMinimum = 100 };
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams = [Short(_service.Options("bad")) with { Url = _other.Url }, _service.Options("good") with { Priority = 1 }]);
        _title = await _door.CreateKeysAsync("demo-title", TrackType.SD);
    }

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        await _service.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Theory]
    [InlineData("500")]
    [InlineData("hangs")]
    [InlineData("half")]
    [InlineData("lies")]
    public async Task A_licence_that_took_two_services_is_one_licence_in_the_log(string how)
    {
        _other.Behaviour = Behaviour(how);
        Assert.Equal(200, (await AskAsync()).Status);
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.LicenseGranted, "good"), (entry.Kind, entry.Upstream));
        Assert.Equal("2", Details(entry).GetProperty("upstream_attempts").GetString());
        Assert.Equal(1, _other.Asked); // to read the challenge; the licence is asked of the one that read it, so that nobody waits twice
    }

    [Theory]
    [InlineData("500", 503, ReasonCodes.UpstreamUnavailable, "server_error")]
    [InlineData("hangs", 504, ReasonCodes.UpstreamTimeout, "first_byte_timeout")]
    [InlineData("half", 504, ReasonCodes.UpstreamTimeout, "body_timeout")]
    [InlineData("lies", 503, ReasonCodes.UpstreamUnavailable, "answer_unreadable")]
    public async Task Where_every_service_fails_nothing_is_granted_and_the_log_says_why(string how, int status, string code, string failure)
    {
        _other.Behaviour = Behaviour(how);
        await _door.DisposeAsync();
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams =
            [_service.Options("bad") with { Url = _other.Url, FirstByteTimeout = TimeSpan.FromSeconds(how == "hangs" ? 2 : 20), Timeout = TimeSpan.FromSeconds(3) }]);
        _title = await _door.CreateKeysAsync("demo-title", TrackType.SD);
        var (got, reason) = await AskAsync();
        Assert.Equal((status, code), (got, reason));
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.LicenseRefused, code, "bad"), (entry.Kind, entry.ReasonCode, entry.Upstream));
        Assert.Equal(failure, Details(entry).GetProperty("upstream_failure").GetString());
        Assert.DoesNotContain(entry.Keys, key => key.Granted);
    }

    [Fact]
    public async Task Where_the_log_cannot_be_written_the_licence_that_is_there_stays_here()
    {
        await _door.Vault.Audit.DisposeAsync();
        var (status, code) = await AskAsync();
        Assert.Equal((503, ReasonCodes.AuditUnavailable), (status, code));
        Assert.NotEmpty(_service.Licences);
    }

    [Fact]
    public async Task A_player_that_goes_gets_no_licence_and_leaves_no_grant()
    {
        var began = new TaskCompletionSource();
        _other.Behaviour = async http =>
        {
            began.TrySetResult();
            await TestUpstream.Hangs()(http);
        };
        using var player = new CancellationTokenSource();
        var asked = AskAsync(player.Token);
        await began.Task;
        await player.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.DoesNotContain(await _door.Vault.EntriesAsync(), entry => entry.Kind == AuditKind.LicenseGranted);
        Assert.Empty(_service.Licences);
    }

    /// <summary>Where a service hangs, as much time passes on the hub's clock as it waits at most.</summary>
    private Microsoft.AspNetCore.Http.RequestDelegate Behaviour(string how) => how switch
    {
        "hangs" => TestUpstream.Hangs(() => _door.Time.Advance(TimeSpan.FromSeconds(3))),
        "half" => TestUpstream.Halves(hangsUp: false, () => _door.Time.Advance(TimeSpan.FromSeconds(3))),
        "lies" => TestUpstream.Answers("{\"status\":\"OK\",\"license\":\"bGll\",\"security_level\":\"x\""),
        _ => TestUpstream.Fails(int.Parse(how, System.Globalization.CultureInfo.InvariantCulture)),
    };

    private static JsonElement Details(AuditRecord entry) => JsonDocument.Parse(entry.Leaf).RootElement.GetProperty("details");

    private async Task<(int Status, string? Code)> AskAsync(CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/widevine") { Content = new ByteArrayContent(WidevineWire.NewRequest(_title.Values)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _door.Token());
        using var response = await _door.Http.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode) return ((int)response.StatusCode, null);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        return ((int)response.StatusCode, problem.RootElement.GetProperty("code").GetString());
    }
}
