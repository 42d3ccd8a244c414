using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.Vault.Tests.Rights;

public sealed class EntitlementTests
{
    private const long Now = 1_800_000_000_000;

    private static readonly RequestedKey Audio = new(KeyId.Parse("00000000000000000000000000000001"), TrackType.Audio, null);
    private static readonly RequestedKey SD = new(KeyId.Parse("00000000000000000000000000000002"), TrackType.SD, 589_824);
    private static readonly RequestedKey HD = new(KeyId.Parse("00000000000000000000000000000003"), TrackType.HD, 2_073_600);

    private static readonly Deal Premium = new()
    {
        Id = "d1",
        Name = "Demo",
        Content = new ContentSelector { Patterns = ["demo-*"] },
        Plans = new HashSet<string> { "premium" },
        ClearKeyAllowed = true,
    };

    private static readonly Subscriber Subscribed = new() { Id = "s", Subscriptions = [new Subscription("premium")] };

    [Fact]
    public void Clear_key_carries_audio_and_sd_and_withholds_hd_for_its_level()
    {
        var decision = Decide(Request(SecurityLevel.None));
        Assert.True(decision.Granted);
        Assert.Equal([null, null, ReasonCodes.DeviceLevel], decision.Keys.Select(key => key.Reason));
        Assert.Equal(["d1"], decision.Deals);
        Assert.Equal(DevicePolicy.Default.LicenseSeconds, decision.LicenseSeconds);
    }

    [Theory]
    [InlineData(SecurityLevel.Software, ReasonCodes.DeviceLevel)]
    [InlineData(SecurityLevel.HardwareCrypto, null)]
    [InlineData(SecurityLevel.Hardware, null)]
    public void An_hd_key_that_reaches_1080p_needs_the_level_for_1080p(SecurityLevel level, string? reason) =>
        Assert.Equal(reason, Decide(Request(level)).Keys[2].Reason);

    [Fact]
    public void A_key_with_an_unknown_range_counts_as_the_top()
    {
        var unlabelled = new RequestedKey(KeyId.Parse("00000000000000000000000000000009"), null, null);
        var uhd2 = new RequestedKey(KeyId.Parse("0000000000000000000000000000000a"), TrackType.UHD2, null);
        foreach (var key in new[] { unlabelled, uhd2 })
        {
            Assert.Equal(ReasonCodes.DeviceLevel, Decide(Request(SecurityLevel.HardwareCrypto) with { Keys = [key] }).Reason);
            Assert.True(Decide(Request(SecurityLevel.Hardware) with { Keys = [key] }).Granted);
        }
    }

    [Fact]
    public void A_wide_range_decides_over_a_modest_label()
    {
        var sly = new RequestedKey(KeyId.Parse("0000000000000000000000000000000b"), TrackType.SD, 8_000_000);
        Assert.Equal(ReasonCodes.DeviceLevel, Decide(Request(SecurityLevel.HardwareCrypto) with { Keys = [sly] }).Reason);
    }

    [Fact]
    public void Without_a_deal_nothing() => Assert.Equal(ReasonCodes.DealNone, Decide(Request(SecurityLevel.Hardware) with { ContentId = "other" }).Reason);

    [Fact]
    public void Suspended_gets_nothing() =>
        Assert.Equal(ReasonCodes.EntitlementSuspended, Decide(Request(SecurityLevel.Hardware), Subscribed with { Status = SubscriberStatus.Suspended }).Reason);

    [Fact]
    public void Without_the_plan_nothing()
    {
        Assert.Equal(ReasonCodes.EntitlementNone, Decide(Request(SecurityLevel.Hardware), null).Reason);
        Assert.Equal(ReasonCodes.EntitlementNone, Decide(Request(SecurityLevel.Hardware), new Subscriber { Id = "s", Subscriptions = [new("free")] }).Reason);
        Assert.Equal(ReasonCodes.EntitlementExpired, Decide(Request(SecurityLevel.Hardware), new Subscriber { Id = "s", Subscriptions = [new("premium", UntilMs: Now)] }).Reason);
        Assert.Equal(ReasonCodes.EntitlementNone, Decide(Request(SecurityLevel.Hardware), new Subscriber { Id = "s", Subscriptions = [new("premium", FromMs: Now + 1)] }).Reason);
    }

    [Fact]
    public void A_plan_in_the_token_is_enough() =>
        Assert.True(Decide(Request(SecurityLevel.Hardware) with { TokenPlans = ["premium"] }, null).Granted);

    [Fact]
    public void The_token_caps_the_picture() =>
        Assert.Equal([null, null, ReasonCodes.EntitlementNone], Decide(Request(SecurityLevel.Hardware) with { TokenMaxTrack = TrackType.SD }).Keys.Select(key => key.Reason));

    [Theory]
    [InlineData(Now + 1, null, ReasonCodes.DealNotOpen)]
    [InlineData(Now, null, null)]
    [InlineData(null, Now, ReasonCodes.DealClosed)]
    [InlineData(null, Now + 1, null)]
    public void A_window_is_half_open(long? opens, long? closes, string? reason) =>
        Assert.Equal(reason, Decide(Request(SecurityLevel.Hardware), Subscribed, Premium with { OpensMs = opens, ClosesMs = closes }).Reason);

    [Theory]
    [InlineData("IN", null)]
    [InlineData("LK", ReasonCodes.DealTerritory)]
    [InlineData("US", ReasonCodes.DealTerritory)]
    [InlineData(null, ReasonCodes.DealTerritory)]
    public void Territories_in_and_out(string? country, string? reason)
    {
        var deal = Premium with { Territories = new HashSet<string> { "IN", "LK" }, TerritoriesExcluded = new HashSet<string> { "LK" } };
        Assert.Equal(reason, Decide(Request(SecurityLevel.Hardware) with { Country = country }, Subscribed, deal).Reason);
    }

    [Fact]
    public void A_deal_without_clear_key_gives_level_none_nothing_not_even_audio() =>
        Assert.Equal(ReasonCodes.DeviceLevel, Decide(Request(SecurityLevel.None), Subscribed, Premium with { ClearKeyAllowed = false }).Reason);

    [Fact]
    public void A_deal_without_download_refuses_downloads() =>
        Assert.Equal(ReasonCodes.DealUse, Decide(Request(SecurityLevel.Hardware) with { Use = ContentUse.Download }).Reason);

    [Fact]
    public void The_trace_comes_only_when_asked_for()
    {
        Assert.Empty(Decide(Request(SecurityLevel.None)).Trace);
        var trace = Decide(Request(SecurityLevel.None) with { WithTrace = true }).Trace;
        Assert.Contains(trace, sentence => sentence.Contains("HD key is withheld", StringComparison.Ordinal));
    }

    private static DecisionRequest Request(SecurityLevel level) => new() { ContentId = "demo-title", Keys = [Audio, SD, HD], Level = level, NowMs = Now };

    private static Decision Decide(DecisionRequest request) => Decide(request, Subscribed);

    private static Decision Decide(DecisionRequest request, Subscriber? subscriber, params Deal[] deals) =>
        Entitlement.Decide(request, deals.Length == 0 ? [Premium] : deals, subscriber, DevicePolicy.Default);
}
