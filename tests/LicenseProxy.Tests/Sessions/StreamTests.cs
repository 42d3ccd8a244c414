using DrmHub.Cenc;
using DrmHub.LicenseProxy.Sessions;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Streams at once: slots, heartbeats, ends.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task The_plans_limit_refuses_the_newest_until_a_stream_ends()
    {
        await using var door = await OpenAsync();
        var challenge = await TitleAsync(door);
        var first = await door.AskAsync(challenge, Token(door, "1"));
        Assert.Equal((200, "30"), (first.Status, first.Headers["X-DrmHub-Heartbeat"]));
        Assert.Equal(200, (await door.AskAsync(challenge, Token(door, "2"))).Status);

        // More licences of a playback that runs take no slot.
        Assert.Equal(first.Session, (await door.AskAsync(challenge, Token(door, "1"))).Session);
        var third = await door.AskAsync(challenge, Token(door, "3"));
        Assert.Equal((403, ReasonCodes.StreamLimit, "stop_other_stream"), (third.Status, third.Code, third.Body.GetProperty("advice").GetString()));
        var refused = (await door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.LicenseRefused, ReasonCodes.StreamLimit), (refused.Kind, refused.ReasonCode));

        Assert.Equal(204, (await door.EndAsync(first.Session!, Token(door, "1"))).Status);
        var ended = (await door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.SessionEnded, null, "demo-title", first.Session), (ended.Kind, ended.ReasonCode, ended.ContentId, ended.Details["session"]));
        Assert.Equal(ReasonCodes.SessionUnknown, (await door.EndAsync(first.Session!, Token(door, "1"))).Code);
        Assert.Equal(200, (await door.AskAsync(challenge, Token(door, "3"))).Status);
    }

    [Fact]
    public async Task A_player_that_falls_silent_frees_its_slot_and_heartbeats_keep_it()
    {
        await using var door = await OpenAsync();
        var challenge = await TitleAsync(door);
        var kept = await door.AskAsync(challenge, Token(door, "1"));
        var silent = await door.AskAsync(challenge, Token(door, "2"));
        for (var i = 0; i < 4; i++)
        {
            door.Time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal(200, (await door.BeatAsync(kept.Session!, Token(door, "1"))).Status);
        }

        Assert.Equal(ReasonCodes.SessionUnknown, (await door.BeatAsync(silent.Session!, Token(door, "2"))).Code);
        Assert.Equal(200, (await door.AskAsync(challenge, Token(door, "3"))).Status);
        Assert.Equal(403, (await door.AskAsync(challenge, Token(door, "4"))).Status);
    }

    [Fact]
    public async Task The_oldest_is_stopped_where_that_is_configured()
    {
        await using var door = await OpenAsync(options => options with { StopOldest = true });
        var challenge = await TitleAsync(door);
        var first = await door.AskAsync(challenge, Token(door, "1"));
        door.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await door.AskAsync(challenge, Token(door, "2"));
        door.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await door.AskAsync(challenge, Token(door, "3"))).Status);
        Assert.Equal("stopped the oldest", (await door.Vault.EntriesAsync())[0].Details["stream"]);
        Assert.Equal(200, (await door.BeatAsync(second.Session!, Token(door, "2"))).Status);
        var stopped = await door.BeatAsync(first.Session!, Token(door, "1"));
        Assert.Equal((403, ReasonCodes.StreamLimit), (stopped.Status, stopped.Code));
        var entry = (await door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.SessionEnded, ReasonCodes.StreamLimit), (entry.Kind, entry.ReasonCode));
        Assert.Equal(ReasonCodes.SessionUnknown, (await door.BeatAsync(first.Session!, Token(door, "1"))).Code);
    }

    [Fact]
    public async Task A_session_belongs_to_its_subscriber()
    {
        await using var door = await OpenAsync();
        await door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "other", Subscriptions = [new("premium")] });
        var session = (await door.AskAsync(await TitleAsync(door), Token(door, "1"))).Session!;
        foreach (var answer in new[] { await door.BeatAsync(session, door.Token("other")), await door.EndAsync(session, door.Token("other")) })
            Assert.Equal((404, ReasonCodes.SessionUnknown), (answer.Status, answer.Code));
        foreach (var answer in new[] { await door.BeatAsync(session, null), await door.EndAsync(session, null) })
            Assert.Equal((401, ReasonCodes.TokenMissing), (answer.Status, answer.Code));
        Assert.Equal(401, (await door.EndAsync(session, Token(door, "1") + "x")).Status);
        Assert.Equal(404, (await door.BeatAsync("made-up", Token(door, "1"))).Status);
        Assert.Equal(200, (await door.BeatAsync(session, Token(door, "1"))).Status);
    }

    [Fact]
    public async Task A_heartbeat_stops_what_could_not_be_licensed_any_more()
    {
        await using var door = await OpenAsync();
        var challenge = await TitleAsync(door);
        var session = (await door.AskAsync(challenge, Token(door, "1"))).Session!;
        Assert.Equal(200, (await door.BeatAsync(session, Token(door, "1"))).Status);
        await door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal with { ClosesMs = door.Time.GetUtcNow().ToUnixTimeMilliseconds() });
        var stopped = await door.BeatAsync(session, Token(door, "1"));
        Assert.Equal((403, ReasonCodes.DealClosed), (stopped.Status, stopped.Code));
        Assert.Equal((AuditKind.SessionEnded, ReasonCodes.DealClosed), ((await door.Vault.EntriesAsync())[0].Kind, (await door.Vault.EntriesAsync())[0].ReasonCode));

        await door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal);
        session = (await door.AskAsync(challenge, Token(door, "2"))).Session!;
        await door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "premium", Status = SubscriberStatus.Suspended, Subscriptions = [new("premium")] });
        Assert.Equal(ReasonCodes.EntitlementSuspended, (await door.BeatAsync(session, Token(door, "2"))).Code);
    }

    [Fact]
    public async Task A_token_that_has_run_out_keeps_a_playback_going_but_starts_none()
    {
        await using var door = await OpenAsync();
        var challenge = await TitleAsync(door);
        var token = Token(door, "1");
        var session = (await door.AskAsync(challenge, token)).Session!;
        for (var minutes = 0; minutes < 20; minutes++)
        {
            door.Time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(200, (await door.BeatAsync(session, token)).Status);
        }

        Assert.Equal(ReasonCodes.TokenExpired, (await door.AskAsync(challenge, token)).Code);

        // A fresh token goes on under the old name, and takes no second slot.
        var renewed = await door.AskAsync(challenge, Token(door, "2"), request => request.Headers.Add("X-DrmHub-Session", session));
        Assert.Equal(session, renewed.Session);
        door.Time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(ReasonCodes.TokenExpired, (await door.BeatAsync(session, token)).Code);
    }

    [Fact]
    public void A_name_made_elsewhere_is_not_taken_over()
    {
        var player = new Tokens.PlayerToken { Subscriber = "s", Expires = default, Id = "1" };
        var question = ScriptedExchange.Question([]);
        var here = new LicenseCaller(null, "r") { Address = System.Net.IPAddress.Parse("192.0.2.1") };
        var there = here with { Address = System.Net.IPAddress.Parse("192.0.2.2") };
        var name = SessionName.Of(player, question, here);
        Assert.True(SessionName.IsWellFormed(name));
        Assert.Equal(name, SessionName.Of(player with { Id = "2" }, question, here with { Session = name }));
        Assert.NotEqual(name, SessionName.Of(player, question, there with { Session = name }));
        Assert.NotEqual(name, SessionName.Of(player with { Subscriber = "t" }, question, here with { Session = name }));
        Assert.NotEqual(name, SessionName.Of(player, question with { Device = new DeviceFacts { Id = "proven" } }, here with { Session = name }));
    }

    [SkippableFact]
    public async Task A_hundred_players_on_two_nodes_never_get_four_of_three_slots()
    {
        using var redis = new RedisFixture();
        Skip.If(redis.Reason is not null, redis.Reason);
        var options = new SharedStateOptions { Redis = redis.ConnectionString, Timeout = TimeSpan.FromSeconds(5) };
        await using var one = await SharedStateFactory.OpenAsync(options);
        await using var two = await SharedStateFactory.OpenAsync(options);
        await using var door = await LicenseDoor.OpenAsync(shared: one, configure: Free);
        await using var other = await LicenseDoor.OpenAsync(shared: two, configure: Free, first: door);
        var challenge = await TitleAsync(door);
        var tokens = Enumerable.Range(0, 100).Select(i => Token(door, $"{i}")).ToList();
        var answers = await Task.WhenAll(tokens.Select((token, i) => Task.Run(() => (i % 2 == 0 ? door : other).AskAsync(challenge, token))));
        Assert.Equal(3, answers.Count(answer => answer.Status == 200));
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal(ReasonCodes.StreamLimit, answer.Code));

        // Freed on one node, taken on the other.
        var running = Array.FindIndex(answers, answer => answer.Status == 200);
        var waiting = Array.FindIndex(answers, answer => answer.Status != 200);
        Assert.Equal(204, (await other.EndAsync(answers[running].Session!, tokens[running])).Status);
        Assert.Equal(200, (await door.AskAsync(challenge, tokens[waiting])).Status);
        Assert.Equal(403, (await other.AskAsync(challenge, tokens[running])).Status);

        static void Free(LicenseProxyOptions options)
        {
            options.Sessions = new SessionOptions { Limit = 3 };
            options.Limits = new Limits.LimitOptions { SubscriberPerSecond = 0 };
        }
    }

    [SkippableTheory]
    [InlineData(FailureMode.Open, 200, "FailedOpen")]
    [InlineData(FailureMode.Closed, 403, "FailedClosed")]
    public async Task Without_redis_the_configured_mode_decides_and_the_entry_says_so(FailureMode mode, int status, string said)
    {
        using var redis = new RedisFixture();
        Skip.If(redis.Reason is not null, redis.Reason);
        await using var shared = await SharedStateFactory.OpenAsync(new SharedStateOptions { Redis = redis.ConnectionString, SlotsOnFailure = mode });
        await using var door = await LicenseDoor.OpenAsync(shared: shared, configure: options => options.Sessions = new SessionOptions { Limit = 1 });
        var challenge = await TitleAsync(door);
        var session = (await door.AskAsync(challenge, Token(door, "1"))).Session!;
        redis.Kill();
        Assert.Equal(status, (await door.AskAsync(challenge, Token(door, "2"))).Status);
        Assert.Equal(said, (await door.Vault.EntriesAsync())[0].Details["shared_state"]);
        Assert.Equal(mode == FailureMode.Open ? 200 : 404, (await door.BeatAsync(session, Token(door, "1"))).Status);
    }

    private static string Token(LicenseDoor door, string jti) => door.Token(change: claims => claims["jti"] = jti);

    private static async Task<string> TitleAsync(LicenseDoor door) => LicenseDoor.Challenge((await door.CreateKeysAsync("demo-title", TrackType.SD)).Values);

    private static Task<LicenseDoor> OpenAsync(Func<SessionOptions, SessionOptions>? change = null) => LicenseDoor.OpenAsync(configure: options =>
    {
        var sessions = new SessionOptions { Limit = 2 };
        options.Sessions = change?.Invoke(sessions) ?? sessions;
    });
}
