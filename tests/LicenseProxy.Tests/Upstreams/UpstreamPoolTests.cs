using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.LicenseProxy.Tests.Upstreams;

public sealed class UpstreamPoolTests : IAsyncLifetime, IDisposable
{
    private readonly UpstreamMeters _meters = new();

    /// <summary>The pool's clock where a test says when time passes: how fast the machine is decides nothing.</summary>
    private readonly FakeTimeProvider _time = new();

    private TestUpstream _first = null!;
    private TestUpstream _second = null!;

    public async Task InitializeAsync()
    {
        _first = await TestUpstream.StartAsync(TestUpstream.Answers("first"));
        _second = await TestUpstream.StartAsync(TestUpstream.Answers("second"));
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task The_lower_priority_number_is_asked_and_the_other_left_alone()
    {
        using var pool = Pool();
        for (var i = 0; i < 5; i++) Assert.Equal("first", (await AskAsync(pool)).Answer);
        Assert.Equal((5, 0), (_first.Asked, _second.Asked));
    }

    [Fact]
    public async Task Weights_share_the_traffic_of_one_priority()
    {
        using var pool = Pool(one => one with { Priority = 0, Weight = 3 }, two => two with { Priority = 0, Weight = 1 });
        for (var i = 0; i < 400; i++) await AskAsync(pool);
        Assert.InRange(_first.Asked, 240, 360);
        Assert.Equal(400, _first.Asked + _second.Asked);
    }

    [Theory]
    [InlineData("status 500")]
    [InlineData("status 503")]
    [InlineData("status 429")]
    [InlineData("status 401")]
    [InlineData("status 404")]
    [InlineData("status 302")]
    [InlineData("hangs")]
    [InlineData("half, hangs")]
    [InlineData("half, hangs up")]
    [InlineData("too long")]
    [InlineData("lies")]
    [InlineData("hangs up")]
    public async Task A_failing_first_is_replaced_by_the_second(string how)
    {
        var passes = TimeSpan.FromMilliseconds(400);
        _first.Behaviour = how switch
        {
            "hangs" => TestUpstream.Hangs(() => _time.Advance(passes)),
            "half, hangs" => TestUpstream.Halves(hangsUp: false, () => _time.Advance(passes)),
            "half, hangs up" => TestUpstream.Halves(hangsUp: true),
            "too long" => TestUpstream.Answers(new string('x', 5000)),
            "lies" => TestUpstream.Answers("lie"),
            "hangs up" => http =>
            {
                http.Abort();
                return Task.CompletedTask;
            },
            _ => TestUpstream.Fails(int.Parse(how["status ".Length..], System.Globalization.CultureInfo.InvariantCulture)),
        };
        using var pool = Pool(one => one with { MaxResponseBytes = 4096, FailoverAfter = TimeSpan.FromMilliseconds(200), Timeout = passes, FirstByteTimeout = TimeSpan.FromMilliseconds(300) }, time: _time);
        var reply = await AskAsync(pool);
        Assert.Equal(("second", 2, "two"), (reply.Answer, reply.Attempts, reply.Upstream.Name));
    }

    [Fact]
    public async Task Nobody_listening_is_replaced_without_waiting()
    {
        using var pool = Pool(one => one with { Url = Nowhere() });
        Assert.Equal("second", (await AskAsync(pool)).Answer);
    }

    [Fact]
    public async Task A_refusal_is_final_and_no_fault_of_the_service()
    {
        _first.Behaviour = TestUpstream.Fails(403);
        using var pool = Pool();
        for (var i = 0; i < 10; i++)
        {
            var refused = await Assert.ThrowsAsync<UpstreamException>(async () => await AskAsync(pool));
            Assert.Equal((ReasonCodes.UpstreamRefused, "one", "http_403"), (refused.Reason, refused.Upstream, refused.Details["upstream_note"]));
        }

        Assert.Equal((10, 0), (_first.Asked, _second.Asked));
        Assert.Equal("closed", pool.Report().First().Circuit);
    }

    [Theory]
    [InlineData(500, ReasonCodes.UpstreamUnavailable, "server_error")]
    [InlineData(401, ReasonCodes.UpstreamRefused, "credentials_rejected")]
    [InlineData(-1, ReasonCodes.UpstreamTimeout, "first_byte_timeout")]
    public async Task Where_all_fail_the_reason_says_how(int status, string reason, string failure)
    {
        _first.Behaviour = _second.Behaviour = status < 0 ? TestUpstream.Hangs(() => _time.Advance(TimeSpan.FromSeconds(2))) : TestUpstream.Fails(status);
        static UpstreamOptions Short(UpstreamOptions options) => options with { FirstByteTimeout = TimeSpan.FromSeconds(2), FailoverAfter = TimeSpan.FromSeconds(1.5) };
        using var pool = Pool(Short, Short, _time);
        var failed = await Assert.ThrowsAsync<UpstreamException>(async () => await AskAsync(pool));
        Assert.Equal((reason, failure), (failed.Reason, failed.Details["upstream_failure"]));
        Assert.Equal((1, 1), (_first.Asked, _second.Asked));
    }

    [Fact]
    public async Task What_changes_something_is_never_sent_twice()
    {
        _first.Behaviour = TestUpstream.Fails(500);
        using var pool = Pool();
        await Assert.ThrowsAsync<UpstreamException>(async () => await AskAsync(pool, repeatable: false));
        Assert.Equal((1, 0), (_first.Asked, _second.Asked));
    }

    [Fact]
    public async Task What_changes_something_goes_to_another_where_nothing_was_sent()
    {
        using var pool = Pool(one => one with { Url = Nowhere() });
        Assert.Equal("second", (await AskAsync(pool, repeatable: false)).Answer);
    }

    [Fact]
    public async Task The_circuit_opens_leaves_the_service_alone_and_closes_when_it_is_back()
    {
        _first.Behaviour = TestUpstream.Fails(500);
        using var pool = Pool(one => one with { BreakerPause = TimeSpan.FromSeconds(5) }, time: _time);
        for (var i = 0; i < 4; i++) await AskAsync(pool);
        Assert.Equal("open", pool.Report().First().Circuit);
        var asked = _first.Asked;
        for (var i = 0; i < 20; i++) Assert.Equal("second", (await AskAsync(pool)).Answer);
        Assert.Equal(asked, _first.Asked);

        _first.Behaviour = TestUpstream.Answers("first");
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("first", (await AskAsync(pool)).Answer);
        Assert.Equal("closed", pool.Report().First().Circuit);
        Assert.Equal("server_error", pool.Report().First().LastFailure);
    }

    [Fact]
    public async Task A_slow_service_is_hedged_and_the_first_answer_counts()
    {
        _first.Behaviour = TestUpstream.Hangs();
        using var pool = Pool(one => one with { Hedge = true, FailoverAfter = TimeSpan.FromMilliseconds(100), FirstByteTimeout = TimeSpan.FromSeconds(60), Timeout = TimeSpan.FromSeconds(60) });
        for (var i = 0; i < 4; i++) Assert.Equal("second", (await AskAsync(pool)).Answer);
        Assert.Equal(("open", 4L), (pool.Report().First().Circuit, pool.Report().First().Failed));
    }

    [Fact]
    public async Task A_full_service_does_not_grow_a_queue_without_end()
    {
        var release = new TaskCompletionSource();
        _first.Behaviour = async http =>
        {
            await release.Task;
            await http.Response.WriteAsync("first");
        };
        using var pool = Pool(one => one with { MaxConcurrent = 2, MaxQueued = 1, FailoverAfter = TimeSpan.FromSeconds(60), FirstByteTimeout = TimeSpan.FromSeconds(60), Timeout = TimeSpan.FromSeconds(60) });
        var asked = Enumerable.Range(0, 20).Select(_ => AskAsync(pool).AsTask()).ToArray();
        await WaitAsync(() => Task.FromResult(asked.Count(task => task.IsCompleted) == 17));
        Assert.True(_first.Asked <= 2, $"{_first.Asked} requests reached the full service.");
        release.SetResult();
        Assert.Equal(3, (await Task.WhenAll(asked)).Count(reply => reply.Answer == "first"));
        Assert.Equal("closed", pool.Report().First().Circuit);
    }

    [Fact]
    public async Task A_player_that_goes_ends_the_request_and_blames_nobody()
    {
        _first.Behaviour = TestUpstream.Hangs();
        using var pool = Pool(one => one with { FailoverAfter = TimeSpan.FromSeconds(60), FirstByteTimeout = TimeSpan.FromSeconds(60), Timeout = TimeSpan.FromSeconds(60) });
        for (var i = 0; i < 6; i++)
        {
            using var player = new CancellationTokenSource();
            var asked = AskAsync(pool, cancellationToken: player.Token).AsTask();
            await WaitAsync(() => Task.FromResult(_first.Asked == i + 1));
            await player.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }

        Assert.Equal(("closed", 0L, 0L), (pool.Report().First().Circuit, pool.Report().First().Failed, pool.Report().First().Active));
        Assert.Equal(0, _second.Asked);
    }

    [Fact]
    public async Task A_hanging_system_does_not_hold_up_another()
    {
        _first.Behaviour = TestUpstream.Hangs();
        var widevine = Options("one", _first) with { MaxConcurrent = 4, MaxQueued = 0, FirstByteTimeout = TimeSpan.FromSeconds(60), Timeout = TimeSpan.FromSeconds(60) };
        var playReady = Options("two", _second) with { System = DrmSystem.PlayReady, Kind = UpstreamKind.PlayReady };
        using var pools = new UpstreamPools([widevine, playReady], _meters, TimeProvider.System, NullLoggerFactory.Instance);
        using var player = new CancellationTokenSource();
        var hanging = Enumerable.Range(0, 50).Select(_ => AskAsync(pools.For(DrmSystem.Widevine), cancellationToken: player.Token).AsTask()).ToArray();
        for (var i = 0; i < 50; i++) Assert.Equal("second", (await AskAsync(pools.For(DrmSystem.PlayReady))).Answer);
        Assert.Equal(46, hanging.Count(task => task.IsFaulted));
        await player.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => Task.WhenAll(hanging));
        var none = await Assert.ThrowsAsync<UpstreamException>(async () => await AskAsync(pools.For(DrmSystem.FairPlay)));
        Assert.Equal(ReasonCodes.UpstreamUnavailable, none.Reason);
    }

    [Fact]
    public async Task Meters_count_outcomes_by_upstream()
    {
        var counted = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name is "drmhub.upstream.requests" or "drmhub.upstream.failovers") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = tags.ToArray().First(tag => tag.Key == "upstream").Value as string;
            if (name?.StartsWith("metered", StringComparison.Ordinal) != true) return;
            var outcome = tags.ToArray().FirstOrDefault(tag => tag.Key == "outcome").Value as string;
            lock (counted) counted[$"{instrument.Name} {name} {outcome}"] = counted.GetValueOrDefault($"{instrument.Name} {name} {outcome}") + value;
        });
        listener.Start();
        _first.Behaviour = TestUpstream.Fails(500);
        using var pool = Pool(one => one with { Name = "metered-one" }, two => two with { Name = "metered-two" });
        await AskAsync(pool);
        Assert.Equal(1, counted["drmhub.upstream.requests metered-one server_error"]);
        Assert.Equal(1, counted["drmhub.upstream.requests metered-two ok"]);
        Assert.Equal(1, counted["drmhub.upstream.failovers metered-one "]);
    }

    private static UpstreamOptions Options(string name, TestUpstream upstream) => new()
    {
        Name = name,
        System = DrmSystem.Widevine,
        Kind = UpstreamKind.Widevine,
        Url = upstream.Url,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        FirstByteTimeout = TimeSpan.FromSeconds(30),
        FailoverAfter = TimeSpan.FromSeconds(20),
        Timeout = TimeSpan.FromSeconds(40),
    };

    private UpstreamPool Pool(Func<UpstreamOptions, UpstreamOptions>? one = null, Func<UpstreamOptions, UpstreamOptions>? two = null, TimeProvider? time = null)
    {
        var first = Options("one", _first);
        var second = Options("two", _second) with { Priority = 1 };
        return new UpstreamPool(DrmSystem.Widevine, [one?.Invoke(first) ?? first, two?.Invoke(second) ?? second], _meters, time ?? TimeProvider.System, NullLogger.Instance);
    }

    /// <summary>The answer <c>lie</c> is one that a reader cannot read.</summary>
    private static ValueTask<UpstreamReply<string>> AskAsync(UpstreamPool pool, bool repeatable = true, CancellationToken cancellationToken = default) => pool.AskAsync(
        new UpstreamCall<string>
        {
            Repeatable = repeatable,
            Write = options => new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = new UpstreamContent("challenge"u8.ToArray().AsMemory(), "application/octet-stream") },
            Read = (_, response) => Encoding.UTF8.GetString(response.Body.Span) is var text && text == "lie"
                ? UpstreamVerdict.Failed<string>(UpstreamFailure.AnswerUnreadable)
                : UpstreamVerdict.Granted(text),
        },
        cancellationToken);

    /// <summary>An address at which nobody listens.</summary>
    private static Uri Nowhere()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await condition()) return;
            await Task.Delay(50);
        }

        Assert.Fail("What was waited for did not happen within 30 s.");
    }
}
