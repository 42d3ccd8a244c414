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

    [Fact]
    public void A_purchase_of_the_title_or_its_collection_is_enough_for_a_purchase_deal()
    {
        var deal = Premium with { Model = CommercialModel.Purchase, Plans = new HashSet<string>() };
        var rights = new RightsSnapshot(new RightsDocuments { Deals = [deal], Titles = [new Title { Id = "demo-title", Name = "Demo", Collections = ["season"] }] });
        Assert.Equal(ReasonCodes.EntitlementNone, Decide(rights, Subscribed).Reason);
        Assert.True(Decide(rights, Subscribed with { Purchases = [new Purchase { Content = "demo-title" }] }).Granted);
        Assert.True(Decide(rights, Subscribed with { Purchases = [new Purchase { Collection = "season" }] }).Granted);
        Assert.Equal(ReasonCodes.EntitlementNone, Decide(rights, Subscribed with { Purchases = [new Purchase { Content = "demo-title", FromMs = Now + 1 }, new Purchase { Content = "other" }] }).Reason);
    }

    [Fact]
    public void A_rental_has_time_to_start_and_time_to_finish()
    {
        var deal = Premium with { Model = CommercialModel.Rental, Plans = new HashSet<string>(), RentalSeconds = 3600, PlaybackSeconds = 600, Uses = new HashSet<ContentUse> { ContentUse.Stream, ContentUse.Download } };
        var rights = new RightsSnapshot(new RightsDocuments { Deals = [deal] });
        Decision Rented(long from, long? play = null, ContentUse use = ContentUse.Stream) => Entitlement.Decide(
            Request(SecurityLevel.Hardware) with { Use = use }, rights, new Subscriber { Id = "s", Rentals = [new Rental { Content = "demo-title", FromMs = from, FirstPlayMs = play }] }, DevicePolicy.Default);

        var fresh = Rented(Now - 1000_000);
        Assert.Equal((true, 600L, 600L, 2600L), (fresh.StartsRental, fresh.LicenseSeconds, fresh.PlaybackSeconds, fresh.RentalSeconds));
        var playing = Rented(Now - 4_000_000, Now - 100_000);
        Assert.Equal((false, 500L, 500L, null), (playing.StartsRental, playing.LicenseSeconds, playing.PlaybackSeconds, playing.RentalSeconds));
        Assert.Equal(ReasonCodes.EntitlementExpired, Rented(Now - 3_600_000).Reason);
        Assert.Equal(ReasonCodes.EntitlementExpired, Rented(Now - 1000, Now - 600_000).Reason);
        Assert.Equal(ReasonCodes.EntitlementNone, Rented(Now + 1).Reason);
        var kept = Rented(Now, use: ContentUse.Download);
        Assert.Equal((false, true, 4200L, 600L, 3600L), (kept.StartsRental, kept.Persistent, kept.LicenseSeconds, kept.PlaybackSeconds, kept.RentalSeconds));
    }

    [Fact]
    public void A_free_deal_asks_for_nothing() =>
        Assert.True(Decide(Request(SecurityLevel.Hardware), null, Premium with { Model = CommercialModel.Free, Plans = new HashSet<string>() }).Granted);

    [Theory]
    [InlineData("web", TrackType.SD)]
    [InlineData("tv", null)]
    [InlineData(null, TrackType.HD)]
    public void Platforms_have_terms_of_their_own(string? platform, TrackType? highest)
    {
        var deal = Premium with { Platforms = [new PlatformTerms { Platform = "web", MaxTrack = TrackType.SD }, new PlatformTerms { Platform = "tv", Denied = true }] };
        Assert.Equal(highest, Decide(Request(SecurityLevel.Hardware) with { Platform = platform }, Subscribed, deal).Keys.Where(key => key.Granted).Max(key => key.Track));
    }

    [Fact]
    public void A_deal_may_raise_and_lower_what_a_level_may_have()
    {
        var raised = Premium with { LevelCaps = new Dictionary<SecurityLevel, long> { [SecurityLevel.Software] = 2_073_600 } };
        Assert.True(Decide(Request(SecurityLevel.Software), Subscribed, raised).Keys[2].Granted);
        Assert.Equal(SecurityLevel.Software, Decide(Request(SecurityLevel.Hardware), Subscribed, raised).Keys[2].Output.MinimumLevel);
        var lowered = Premium with { LevelCaps = new Dictionary<SecurityLevel, long> { [SecurityLevel.HardwareCrypto] = 921_600 } };
        Assert.Equal(ReasonCodes.DeviceLevel, Decide(Request(SecurityLevel.HardwareCrypto), Subscribed, lowered).Keys[2].Reason);
    }

    [Theory]
    [InlineData(AudioQuality.Low, "hi", null)]
    [InlineData(AudioQuality.High, "hi", ReasonCodes.DealUse)]
    [InlineData(null, "hi", ReasonCodes.DealUse)]
    [InlineData(AudioQuality.Low, "en", ReasonCodes.DealUse)]
    [InlineData(AudioQuality.Low, null, ReasonCodes.DealUse)]
    public void Audio_is_granted_by_quality_and_language(AudioQuality? quality, string? language, string? reason)
    {
        var deal = Premium with { AudioQualities = new HashSet<AudioQuality> { AudioQuality.Low }, AudioLanguages = new HashSet<string> { "hi" } };
        var key = Audio with { Quality = quality, Language = language };
        Assert.Equal(reason, Decide(Request(SecurityLevel.Software) with { Keys = [key] }, Subscribed, deal).Reason);
        Assert.True(Decide(Request(SecurityLevel.Software) with { Keys = [key] }).Granted);
    }

    [Fact]
    public void Uhd_goes_out_with_hdcp_2_2_unless_the_deal_says_another()
    {
        var uhd = new RequestedKey(KeyId.Parse("00000000000000000000000000000004"), TrackType.UHD1, 8_294_400);
        var request = Request(SecurityLevel.Hardware) with { Keys = [Audio, HD, uhd] };
        Assert.Equal([HdcpVersion.None, HdcpVersion.None, HdcpVersion.V2_2], Decide(request).Keys.Select(key => key.Output.Hdcp));
        var strict = Premium with { Hdcp = new Dictionary<TrackType, HdcpVersion> { [TrackType.HD] = HdcpVersion.V1, [TrackType.UHD1] = HdcpVersion.V2_3 } };
        Assert.Equal([HdcpVersion.None, HdcpVersion.V1, HdcpVersion.V2_3], Decide(request, Subscribed, strict).Keys.Select(key => key.Output.Hdcp));
    }

    [Fact]
    public void A_key_never_mixes_the_terms_of_two_deals()
    {
        var basic = Premium with { Id = "basic", MaxTrack = TrackType.SD, LicenseSeconds = 7200, MaxStreams = 5 };
        var cinema = Premium with { Id = "cinema", LicenseSeconds = 600, RenewSeconds = 60, MaxStreams = 1, Hdcp = new Dictionary<TrackType, HdcpVersion> { [TrackType.SD] = HdcpVersion.V1, [TrackType.HD] = HdcpVersion.V2 } };
        var decision = Decide(Request(SecurityLevel.Hardware), Subscribed, basic, cinema);
        Assert.Equal([("basic", HdcpVersion.None, 7200L), ("basic", HdcpVersion.None, 7200L), ("cinema", HdcpVersion.V2, 600L)], decision.Keys.Select(key => (key.Deal!, key.Output.Hdcp, key.LicenseSeconds)));
        Assert.Equal((600L, 60L), (decision.LicenseSeconds, decision.RenewSeconds));
        Assert.Equal([new StreamLimit("basic", 5), new StreamLimit("cinema", 1)], decision.StreamLimits);
    }

    [Fact]
    public void A_licence_ends_with_the_plan_that_it_needs()
    {
        var plans = new Subscriber { Id = "s", Subscriptions = [new("premium", UntilMs: Now + 90_000), new("sd", UntilMs: Now + 600_000)] };
        var rights = new RightsSnapshot(new RightsDocuments { Deals = [Premium with { Plans = new HashSet<string> { "premium", "sd" } }], Plans = [new Plan { Id = "sd", Name = "SD", MaxTrack = TrackType.SD }] });
        Assert.Equal([600L, 600L, 90L], Decide(rights, plans).Keys.Select(key => key.LicenseSeconds));
    }

    [Fact]
    public void The_most_generous_plan_sets_the_limits_of_the_account_and_the_subscriber_stands_above_it()
    {
        var rights = new RightsSnapshot(new RightsDocuments { Deals = [Premium with { MaxDevices = 3 }], Plans = [new Plan { Id = "premium", Name = "P", MaxStreams = 2, MaxDevices = 5 }, new Plan { Id = "more", Name = "M", MaxStreams = 4, MaxDevices = 1 }] });
        var one = Decide(rights, Subscribed);
        Assert.Equal((2, 3), (Assert.Single(one.StreamLimits).Limit, one.DeviceLimit));
        Assert.Equal(4, Decide(rights, Subscribed with { Subscriptions = [new("premium"), new("more")] }).StreamLimits[0].Limit);
        Assert.Empty(Decide(rights, Subscribed with { Subscriptions = [new("premium"), new("undescribed")] }).StreamLimits);
        Assert.Equal(1, Decide(rights, Subscribed with { MaxStreams = 1 }).StreamLimits[0].Limit);
    }

    [Fact]
    public void A_plan_that_is_suspended_or_cancelled_counts_for_nothing()
    {
        Assert.Equal(ReasonCodes.EntitlementSuspended, Decide(Request(SecurityLevel.Hardware), new Subscriber { Id = "s", Subscriptions = [new("premium", Status: SubscriptionStatus.Suspended)] }).Reason);
        Assert.Equal(ReasonCodes.EntitlementExpired, Decide(Request(SecurityLevel.Hardware), new Subscriber { Id = "s", Subscriptions = [new("premium", Status: SubscriptionStatus.Cancelled)] }).Reason);
    }

    [Fact]
    public void A_device_that_was_revoked_for_its_subscriber_gets_nothing()
    {
        var lost = Subscribed with { Devices = [new Device { Id = "tv", Revoked = true }, new Device { Id = "phone" }] };
        Assert.Equal(ReasonCodes.DeviceRevoked, Decide(Request(SecurityLevel.Hardware) with { DeviceId = "tv" }, lost).Reason);
        Assert.True(Decide(Request(SecurityLevel.Hardware) with { DeviceId = "phone" }, lost).Granted);
    }

    /// <summary>The night in which Berlin has no 02:30, the one in which it has two, and an offset that is no whole hour: all the same moment.</summary>
    [Theory]
    [InlineData("2026-03-29T01:30:00+01:00", "2026-03-29T00:30:00Z")]
    [InlineData("2026-03-29T03:30:00+02:00", "2026-03-29T01:30:00Z")]
    [InlineData("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z")]
    [InlineData("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z")]
    [InlineData("2026-06-01T00:00:00+05:45", "2026-05-31T18:15:00Z")]
    [InlineData("2026-06-01T00:00+05:30", "2026-05-31T18:30:00Z")]
    public void A_moment_is_the_same_in_every_time_zone(string text, string utc)
    {
        Assert.True(UtcMilliseconds.TryParse(text, out var milliseconds));
        Assert.Equal(utc, UtcMilliseconds.Format(milliseconds));
        Assert.True(UtcMilliseconds.TryParse(utc, out var again));
        Assert.Equal(milliseconds, again);
        var deal = Premium with { OpensMs = milliseconds };
        Assert.Equal(ReasonCodes.DealNotOpen, Decide(Request(SecurityLevel.Hardware) with { NowMs = milliseconds - 1 }, Subscribed, deal).Reason);
        Assert.True(Decide(Request(SecurityLevel.Hardware) with { NowMs = milliseconds }, Subscribed, deal).Granted);
    }

    [Theory]
    [InlineData("2026-06-01T00:00:00")]
    [InlineData("2026-06-01")]
    [InlineData("2026-06-01 00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("")]
    public void A_time_without_its_offset_is_none(string text) => Assert.False(UtcMilliseconds.TryParse(text, out _));

    [Theory]
    [InlineData("AUDIO_hi_lossless", TrackType.Audio, "hi", AudioQuality.Lossless)]
    [InlineData("AUDIO_en-GB", TrackType.Audio, "en", null)]
    [InlineData("AUDIO", TrackType.Audio, null, null)]
    [InlineData("HD", TrackType.HD, null, null)]
    [InlineData("whatever", null, null, null)]
    public void A_label_says_what_a_key_protects(string label, TrackType? track, string? language, AudioQuality? quality)
    {
        var key = RequestedKeys.Describe(Audio.KeyId, label, null, null, null, null);
        Assert.Equal((track, language, quality), (key.Track, key.Language, key.Quality));
    }

    private static DecisionRequest Request(SecurityLevel level) => new() { ContentId = "demo-title", Keys = [Audio, SD, HD], Level = level, NowMs = Now };

    private static Decision Decide(DecisionRequest request) => Decide(request, Subscribed);

    private static Decision Decide(DecisionRequest request, Subscriber? subscriber, params Deal[] deals) =>
        Entitlement.Decide(request, deals.Length == 0 ? [Premium] : deals, subscriber, DevicePolicy.Default);

    private static Decision Decide(RightsSnapshot rights, Subscriber subscriber) => Entitlement.Decide(Request(SecurityLevel.Hardware), rights, subscriber, DevicePolicy.Default);
}
