using DrmHub.Cenc;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>What holds for every DRM system, whatever happens between the decision and the answer.</summary>
public sealed class GateTests : IAsyncLifetime
{
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;

    public async Task InitializeAsync()
    {
        _door = await LicenseDoor.OpenAsync(configure: options =>
        {
            options.Sessions = new Sessions.SessionOptions { Limit = 1 };
            options.Devices = new Devices.DeviceOptions { Limit = 1 };
        });
        _title = await _door.CreateKeysAsync("demo-title", TrackType.Audio, TrackType.SD, TrackType.HD);
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task A_grant_names_its_upstream_and_its_policy_in_one_entry()
    {
        var exchange = new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-1"));
        var outcome = await AskAsync(exchange, "1");
        Assert.Null(outcome.Refusal);
        Assert.Equal(3, exchange.Granted!.Keys.Count);
        Assert.NotNull(outcome.SessionId);
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.LicenseGranted, "scripted", "up", "Test 1"), (entry.Kind, entry.Upstream, entry.Details["made"], entry.DeviceModel));
        Assert.Equal(64, entry.PolicyHash!.Length);
        Assert.Equal(outcome.SessionId, entry.Details["session"]);
    }

    [Fact]
    public async Task An_upstream_that_fails_grants_nothing_and_leaves_no_slot_taken()
    {
        var failing = new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-1"))
        {
            Fails = () => throw new UpstreamException(ReasonCodes.UpstreamTimeout, "Too late.") { Upstream = "slow" },
        };
        var outcome = await AskAsync(failing, "1");
        Assert.Equal((ReasonCodes.UpstreamTimeout, 504), (outcome.Refusal!.Reason, outcome.Refusal.Status));
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.LicenseRefused, ReasonCodes.UpstreamTimeout, "slow"), (entry.Kind, entry.ReasonCode, entry.Upstream));
        Assert.All(entry.Keys, key => Assert.False(key.Granted));

        // Both the one device and the one stream of the account are still free, for another device.
        Assert.Null((await AskAsync(new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-2")), "2")).Refusal);
    }

    [Fact]
    public async Task A_fault_that_nobody_foresaw_leaves_no_slot_taken()
    {
        var failing = new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-1")) { Fails = () => throw new InvalidOperationException("A fault.") };
        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(failing, "1"));
        Assert.Null((await AskAsync(new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-2")), "2")).Refusal);
    }

    [Fact]
    public async Task A_stream_slot_that_is_taken_gives_the_device_slot_back()
    {
        Assert.Null((await AskAsync(new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-1")), "1")).Refusal);
        await _door.Devices.RemoveAsync("premium", "device-1");
        _door.Time.Advance(TimeSpan.FromDays(8));
        Assert.Null((await AskAsync(new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-2")), "2")).Refusal);
        var device = Assert.Single(await _door.Devices.ListAsync("premium"), slot => slot.RemovedMs is null);
        Assert.Equal("device-2", device.Device);
    }

    [Fact]
    public async Task A_challenge_that_is_sent_again_is_answered_again_and_granted_once()
    {
        var question = ScriptedExchange.Question(_title.Values, "device-1") with { ChallengeId = "nonce-1" };
        Assert.Null((await AskAsync(new ScriptedExchange(question), "1")).Refusal);
        Assert.Null((await AskAsync(new ScriptedExchange(question), "1")).Refusal);
        Assert.Single(await _door.Vault.EntriesAsync());

        Assert.Null((await AskAsync(new ScriptedExchange(question with { ChallengeId = "nonce-2" }), "1")).Refusal);
        Assert.Null((await AskAsync(new ScriptedExchange(question with { KeyIds = [_title["SD"]] }), "1")).Refusal);
        Assert.Equal(3, (await _door.Vault.EntriesAsync()).Count);

        // A takedown in between is decided by, retry or not.
        await _door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal with { ClosesMs = 1 });
        Assert.Equal(ReasonCodes.DealClosed, (await AskAsync(new ScriptedExchange(question), "1")).Refusal!.Reason);
    }

    [Fact]
    public async Task A_renewal_is_decided_again_and_recorded_as_one()
    {
        var question = ScriptedExchange.Question(_title.Values, "device-1");
        Assert.Null((await AskAsync(new ScriptedExchange(question), "1")).Refusal);
        Assert.Null((await AskAsync(new ScriptedExchange(question with { Kind = LicenseKind.Renewal }), "1")).Refusal);
        Assert.Equal(AuditKind.LicenseRenewed, (await _door.Vault.EntriesAsync())[0].Kind);
        await _door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "premium", Subscriptions = [new("premium", UntilMs: 1)] });
        Assert.Equal(ReasonCodes.EntitlementExpired, (await AskAsync(new ScriptedExchange(question with { Kind = LicenseKind.Renewal }), "1")).Refusal!.Reason);
    }

    [Fact]
    public async Task A_release_frees_the_stream_needs_no_right_and_is_recorded()
    {
        var question = ScriptedExchange.Question(_title.Values, "device-1");
        Assert.Null((await AskAsync(new ScriptedExchange(question), "1")).Refusal);
        Assert.Equal(ReasonCodes.StreamLimit, (await AskAsync(new ScriptedExchange(question), "2")).Refusal!.Reason);
        await _door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal with { ClosesMs = 1 });
        var release = new ScriptedExchange(question with { Kind = LicenseKind.Release });
        Assert.Null((await AskAsync(release, "1")).Refusal);
        Assert.Empty(release.Granted!.Keys);
        Assert.Equal(AuditKind.LicenseReleased, (await _door.Vault.EntriesAsync())[0].Kind);
        await _door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal);
        Assert.Null((await AskAsync(new ScriptedExchange(question), "2")).Refusal);
    }

    [Fact]
    public async Task All_keys_of_a_content_id_are_found_where_the_challenge_names_no_key()
    {
        var exchange = new ScriptedExchange(ScriptedExchange.Question([], "device-1") with { ContentId = "demo-title" });
        Assert.Null((await AskAsync(exchange, "1")).Refusal);
        Assert.Equal(_title.Values.ToHashSet(), exchange.Granted!.Keys.Select(key => key.KeyId).ToHashSet());
        Assert.Equal(ReasonCodes.ContentUnknown, (await AskAsync(new ScriptedExchange(ScriptedExchange.Question([]) with { ContentId = "none" }), "1")).Refusal!.Reason);
        Assert.Equal(ReasonCodes.ContentUnknown, (await AskAsync(new ScriptedExchange(ScriptedExchange.Question([]) with { ContentId = "bad\u0001" }), "1")).Refusal!.Reason);
    }

    [Fact]
    public async Task A_device_on_a_revocation_list_gets_nothing()
    {
        await _door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "premium", Subscriptions = [new("premium")], Devices = [new Device { Id = "device-1", Revoked = true }] });
        Assert.Equal(ReasonCodes.DeviceRevoked, (await AskAsync(new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-1")), "1")).Refusal!.Reason);
        Assert.Null((await AskAsync(new ScriptedExchange(ScriptedExchange.Question(_title.Values, "device-2")), "1")).Refusal);
    }

    [Fact]
    public async Task What_needs_no_licence_is_let_in_by_the_token_and_spends_nothing()
    {
        Assert.Null(await _door.Services.AuthenticateAsync(DrmSystem.Widevine, new LicenseCaller(_door.Token(), "r"), default));
        Assert.Empty(await _door.Vault.EntriesAsync());
        Assert.Equal(ReasonCodes.TokenMissing, (await _door.Services.AuthenticateAsync(DrmSystem.Widevine, new LicenseCaller(null, "r"), default))!.Reason);
        Assert.Single(await _door.Vault.EntriesAsync());
    }

    private Task<LicenseOutcome> AskAsync(ScriptedExchange exchange, string jti) =>
        _door.Gate.AskAsync(exchange, new LicenseCaller(_door.Token(change: claims => claims["jti"] = jti), "request-" + jti), default);
}
