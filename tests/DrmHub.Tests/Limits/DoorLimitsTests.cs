using System.Net;
using System.Security.Claims;
using DrmHub.Host.Hosting;
using DrmHub.Host.Limits;
using DrmHub.KeyService.Packagers;
using DrmHub.LicenseProxy;
using DrmHub.Vault.Storage.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.DrmHub.Tests.Limits;

public sealed class DoorLimitsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Twenty_thousand_channels_behind_one_address_change_their_keys_at_once_and_again()
    {
        await using var shared = new InProcessSharedState(_time);
        await using var doors = Doors(new DoorLimitOptions(), shared);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 20_000; i++) Assert.Equal(200, await KnockAsync(doors, "/speke/v2.0/copyProtection", "192.0.2.1", "Bearer good"));
            _time.Advance(TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public async Task An_operator_has_one_rate_over_all_nodes_and_a_state_that_is_away_shuts_nobody_out()
    {
        var limits = new DoorLimitOptions { OperatorBurst = 4, OperatorPerSecond = 0.5 };
        await using var shared = new InProcessSharedState(_time);
        await using var one = Doors(limits, shared);
        await using var two = Doors(limits, shared);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200, await AskAsync(one, "ann"));
            Assert.Equal(200, await AskAsync(two, "ann"));
        }

        Assert.Equal(429, await AskAsync(one, "ann"));
        Assert.Equal(429, await AskAsync(two, "ann"));
        Assert.Equal(200, await AskAsync(two, "bob"));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, await AskAsync(two, "ann"));

        await using var away = await SharedStateFactory.OpenAsync(new SharedStateOptions { Redis = "127.0.0.1:1,connectTimeout=50,abortConnect=false" }, _time, NullLoggerFactory.Instance);
        await using var alone = Doors(limits, away);
        for (var i = 0; i < 4; i++) Assert.Equal(200, await AskAsync(alone, "ann"));
        Assert.Equal(429, await AskAsync(alone, "ann"));
    }

    [Fact]
    public async Task A_guess_a_second_is_what_an_address_has_after_its_burst()
    {
        await using var shared = new InProcessSharedState(_time);
        await using var doors = Doors(new DoorLimitOptions { FailuresBurst = 5 }, shared);
        for (var i = 0; i < 5; i++) Assert.Equal(401, await KnockAsync(doors, "/rights/deals", "192.0.2.1", $"Bearer guess-{i}", StatusCodes.Status401Unauthorized));
        Assert.Equal(429, await KnockAsync(doors, "/rights/deals", "192.0.2.1", "Bearer guess-5", StatusCodes.Status401Unauthorized));
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1.01));
            Assert.Equal(401, await KnockAsync(doors, "/rights/deals", "192.0.2.1", $"Bearer later-{i}", StatusCodes.Status401Unauthorized));
            Assert.Equal(429, await KnockAsync(doors, "/rights/deals", "192.0.2.1", $"Bearer again-{i}", StatusCodes.Status401Unauthorized));
        }
    }

    [Fact]
    public async Task A_credential_that_was_good_is_good_for_an_hour_and_not_after_it_was_refused()
    {
        await using var shared = new InProcessSharedState(_time);
        await using var doors = Doors(new DoorLimitOptions { FailuresBurst = 1, FailuresPerSecond = 0.0001 }, shared);
        Assert.Equal(200, await KnockAsync(doors, "/cpix/title", "192.0.2.1", "ApiKey-is-a-header", header: "X-API-Key"));
        Assert.Equal(200, await KnockAsync(doors, "/cpix/title", "192.0.2.1", "Bearer other"));
        Assert.Equal(401, await KnockAsync(doors, "/cpix/title", "192.0.2.1", "Bearer wrong", StatusCodes.Status401Unauthorized));

        Assert.Equal(200, await KnockAsync(doors, "/cpix/title", "192.0.2.1", "ApiKey-is-a-header", header: "X-API-Key"));
        Assert.Equal(401, await KnockAsync(doors, "/cpix/title", "192.0.2.1", "Bearer other", StatusCodes.Status401Unauthorized));
        Assert.Equal(429, await KnockAsync(doors, "/cpix/title", "192.0.2.1", "Bearer other"));
        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(429, await KnockAsync(doors, "/cpix/title", "192.0.2.1", "ApiKey-is-a-header", header: "X-API-Key"));
    }

    [Fact]
    public void What_strangers_leave_behind_is_bounded()
    {
        var limits = new DoorLimitOptions { FailuresBurst = 1 };
        var failed = new FailedCredentials(limits, _time);
        for (var i = 0; i < FailedCredentials.MaxNetworks; i++) failed.Count($"n{i}");

        // A crowd is one: who comes now shares what is left.
        failed.Count("late");
        Assert.True(failed.WaitOf("later") > TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(5));
        failed.Count("first again");
        Assert.Equal(TimeSpan.Zero, failed.WaitOf("later"));
        Assert.True(failed.WaitOf("first again") > TimeSpan.Zero);

        var known = new KnownCredentials(_time);
        for (var i = 0; i <= KnownCredentials.MaxEntries; i++) known.Add((UInt128)i);
        Assert.False(known.Contains(KnownCredentials.MaxEntries));
        _time.Advance(TimeSpan.FromHours(2));
        known.Add(KnownCredentials.MaxEntries);
        Assert.True(known.Contains(KnownCredentials.MaxEntries));
    }

    [Fact]
    public void Options_are_checked_together_and_development_has_no_rate_of_operators()
    {
        var wrong = Assert.Throws<InvalidDataException>(() => DoorLimitOptions.Read(HubConfiguration.Read(["--Limits:OperatorBurst=0", "--Limits:FailuresPerSecond=-1", "--Limits:ServiceAddressPerSecond=NaN"]), development: true));
        foreach (var word in (string[])["operator", "credentials", "services"]) Assert.Contains(word, wrong.Message, StringComparison.Ordinal);
        var none = new ConfigurationBuilder().Build();
        Assert.Equal(0, DoorLimitOptions.Read(none, development: true).OperatorPerSecond);
        Assert.Equal(500, DoorLimitOptions.Read(none, development: false).OperatorPerSecond);
    }

    private DoorLimits Doors(DoorLimitOptions limits, ISharedState shared) => new(limits, shared, _time, NullLogger<DoorLimits>.Instance);

    private static Task<int> AskAsync(DoorLimits doors, string name)
    {
        var http = Context("/rights/deals", "192.0.2.1");
        http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "Bearer"));
        return StatusAsync(http, doors.AdmitOperatorAsync, StatusCodes.Status200OK);
    }

    /// <param name="verdict">What the door behind says.</param>
    private static Task<int> KnockAsync(DoorLimits doors, string path, string from, string credential, int verdict = StatusCodes.Status200OK, string header = "Authorization")
    {
        var http = Context(path, from);
        http.Request.Headers[header] = credential;
        return StatusAsync(http, doors.AdmitAddressAsync, verdict);
    }

    private static async Task<int> StatusAsync(DefaultHttpContext http, Func<HttpContext, RequestDelegate, Task> admit, int verdict)
    {
        await admit(http, context =>
        {
            context.Response.StatusCode = verdict;
            if (verdict == StatusCodes.Status401Unauthorized) context.Features.Set(CredentialRefused.Instance);
            return Task.CompletedTask;
        });
        return http.Response.StatusCode;
    }

    private static readonly ServiceProvider s_services = new ServiceCollection().AddLogging().AddProblemDetails().AddOptions<LicenseProxyOptions>().Services.BuildServiceProvider();

    private static DefaultHttpContext Context(string path, string from) => new()
    {
        RequestServices = s_services,
        Request = { Path = path },
        Connection = { RemoteIpAddress = IPAddress.Parse(from) },
    };
}
