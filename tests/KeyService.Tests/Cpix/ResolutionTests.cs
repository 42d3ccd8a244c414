using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using static DrmHub.KeyService.Tests.Cpix.ModelTests;

namespace DrmHub.KeyService.Tests.Cpix;

public sealed class ResolutionTests
{
    private static readonly KeyId First = KeyId.Parse(Kid1);
    private static readonly KeyId Second = KeyId.Parse(Kid2);

    [Theory]
    [InlineData(589_824, Kid1)]
    [InlineData(589_825, Kid2)]
    [InlineData(2_073_600, Kid2)]
    [InlineData(2_073_601, null)]
    public void Pixels_are_inclusive_at_both_ends(long pixels, string? kid)
    {
        var document = TwoKeys();
        document.AddUsageRule(First).Add(new VideoFilter(MaxPixels: 589_824));
        document.AddUsageRule(Second).Add(new VideoFilter(589_825, 2_073_600));
        var resolution = document.Resolve(CpixTrack.Video(pixels));
        Assert.Equal(kid, resolution.Key?.Kid.ToString());
        Assert.Equal(kid is null ? CpixOutcome.None : CpixOutcome.One, resolution.Outcome);
        Assert.Equal(CpixOutcome.None, document.Resolve(CpixTrack.Audio(2)).Outcome);
        Assert.Equal(CpixOutcome.None, document.Resolve(new CpixTrack { Kind = CpixTrackKind.Video }).Outcome);
    }

    [Theory]
    [InlineData("25", false)]
    [InlineData("25.01", true)]
    [InlineData("50", true)]
    [InlineData("50.01", false)]
    [InlineData(null, false)]
    public void Frames_per_second_are_above_the_minimum_up_to_the_maximum(string? fps, bool matches)
    {
        var track = CpixTrack.Video(1) with { FramesPerSecond = fps is null ? null : decimal.Parse(fps, System.Globalization.CultureInfo.InvariantCulture) };
        Assert.Equal(matches, new VideoFilter(MinFps: 25, MaxFps: 50).Matches(track));
    }

    [Fact]
    public void Filters_of_one_type_are_alternatives_and_types_add_up()
    {
        var document = TwoKeys();
        var rule = document.AddUsageRule(First);
        rule.Add(new AudioFilter(1, 2));
        rule.Add(new AudioFilter(6));
        rule.AddLabel("en");
        rule.AddLabel("de");
        rule.Add(new BitrateFilter(MaxBitrate: 128_000));
        var track = CpixTrack.Audio(2) with { Labels = ["fr", "de"], Bitrate = 128_000 };
        Assert.Equal(First, document.Resolve(track).Key!.Kid);
        Assert.Equal(First, document.Resolve(track with { Channels = 8 }).Key!.Kid);
        Assert.Equal(CpixOutcome.None, document.Resolve(track with { Channels = 4 }).Outcome);
        Assert.Equal(CpixOutcome.None, document.Resolve(track with { Labels = ["fr"] }).Outcome);
        Assert.Equal(CpixOutcome.None, document.Resolve(track with { Bitrate = 128_001 }).Outcome);
        Assert.Equal(CpixOutcome.None, document.Resolve(track with { Bitrate = null }).Outcome);
    }

    [Fact]
    public void Hdr_and_wide_gamut_have_to_be_what_the_filter_says()
    {
        var track = CpixTrack.Video(1) with { Hdr = true };
        Assert.True(new VideoFilter(Hdr: true).Matches(track));
        Assert.False(new VideoFilter(Hdr: false).Matches(track));
        Assert.False(new VideoFilter(Wcg: true).Matches(track));
        Assert.False(new VideoFilter(Wcg: true).Matches(track with { Wcg = null }));
        Assert.True(new VideoFilter().Matches(track));
    }

    [Fact]
    public void Two_rules_for_one_key_are_one_key_and_for_two_keys_ambiguous()
    {
        var document = TwoKeys();
        document.AddUsageRule(First).Add(new VideoFilter());
        document.AddUsageRule(First).Add(new VideoFilter(MinPixels: 1));
        Assert.Equal(CpixOutcome.One, document.Resolve(CpixTrack.Video(5)).Outcome);
        document.AddUsageRule(Second);
        var resolution = document.Resolve(CpixTrack.Video(5));
        Assert.Equal(CpixOutcome.Ambiguous, resolution.Outcome);
        Assert.Null(resolution.Key);
        Assert.Equal([First, Second], resolution.Kids);
        Assert.Equal(3, resolution.Rules.Count);
        Assert.Equal(Second, document.Resolve(new CpixTrack { Kind = CpixTrackKind.Other }).Key!.Kid);
    }

    [Fact]
    public void A_rule_with_an_unknown_filter_never_matches()
    {
        var document = Parse($"""
            <cpix:ContentKeyList><cpix:ContentKey kid="{Kid1}"/></cpix:ContentKeyList>
            <cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid="{Kid1}"><cpix:VideoFilter/><x:F xmlns:x="urn:x"/></cpix:ContentKeyUsageRule>
            <cpix:ContentKeyUsageRule kid="{Kid1}"><cpix:BitrateFilter/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList>
            """);
        var resolution = document.Resolve(CpixTrack.Video(5) with { Bitrate = 1 });
        Assert.Equal(CpixOutcome.None, resolution.Outcome);
        Assert.Equal(2, resolution.UnusableRules.Count);
    }

    [Fact]
    public void Without_rules_the_only_key_is_for_everything()
    {
        var document = CpixDocument.Create("2.4", "c");
        document.AddContentKey(First);
        Assert.Equal(First, document.Resolve(CpixTrack.Audio(2)).Key!.Kid);
        document.AddContentKey(Second);
        Assert.Equal(CpixOutcome.None, document.Resolve(CpixTrack.Audio(2)).Outcome);
    }

    [Theory]
    [InlineData("index=\"7\"", false, false)]
    [InlineData("start=\"2026-01-01T00:00:00Z\" end=\"2026-01-01T00:00:10Z\"", true, false)]
    [InlineData("start=\"2026-01-01T01:00:00+01:00\" duration=\"PT10S\"", true, false)]
    [InlineData("start=\"2026-01-01T00:00:00\" duration=\"PT10S\"", true, false)]
    [InlineData("startOffset=\"PT0S\" endOffset=\"PT10S\"", false, true)]
    [InlineData("startOffset=\"PT0S\" duration=\"PT10S\"", false, true)]
    [InlineData("index=\"7\" start=\"2026-01-01T00:00:00Z\" end=\"2026-01-01T00:00:10Z\"", true, false)]
    [InlineData("start=\"2026-01-01T00:00:00Z\"", false, false)]
    [InlineData("start=\"9999-12-31T00:00:00Z\" duration=\"P10Y\"", false, false)]
    [InlineData("label=\"L\"", false, false)]
    public void Every_form_of_period_is_half_open(string attributes, bool live, bool file)
    {
        var period = Parse($"<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\" {attributes}/></cpix:ContentKeyPeriodList>").Periods[0];
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var ten = TimeSpan.FromSeconds(10);
        var tick = TimeSpan.FromTicks(1);
        Assert.Equal(live, period.Contains(CpixMoment.At(start)));
        Assert.Equal(live, period.Contains(CpixMoment.At(start + ten - tick)));
        Assert.False(period.Contains(CpixMoment.At(start - tick)));
        Assert.False(period.Contains(CpixMoment.At(start + ten)));
        Assert.Equal(file, period.Contains(CpixMoment.At(TimeSpan.Zero)));
        Assert.Equal(file, period.Contains(CpixMoment.At(ten - tick)));
        Assert.False(period.Contains(CpixMoment.At(ten)));
        Assert.Equal(attributes.Contains("index", StringComparison.Ordinal), period.Contains(CpixMoment.InPeriod(7)));
        Assert.Equal(attributes.Contains("label", StringComparison.Ordinal), period.Contains(CpixMoment.InPeriod("L")));
        Assert.False(period.Contains(CpixMoment.InPeriod(8)));
    }

    [Fact]
    public void The_key_of_a_moment_is_the_one_of_its_period()
    {
        var document = TwoKeys();
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (var (kid, index) in new[] { (First, 0), (Second, 1) })
        {
            var period = document.AddPeriod($"p{index}");
            period.Index = index;
            period.Start = start.AddSeconds(10 * index);
            period.Duration = TimeSpan.FromSeconds(10);
            var rule = document.AddUsageRule(kid);
            rule.AddPeriod(period);
            rule.Add(new VideoFilter());
        }

        document = CpixDocument.Load(document.Save());
        var track = CpixTrack.Video(1);
        Assert.Equal(First, document.Resolve(track, CpixMoment.At(start.AddSeconds(9))).Key!.Kid);
        Assert.Equal(Second, document.Resolve(track, CpixMoment.At(start.AddSeconds(10))).Key!.Kid);
        Assert.Equal(CpixOutcome.None, document.Resolve(track, CpixMoment.At(start.AddSeconds(20))).Outcome);
        Assert.Equal(Second, document.Resolve(track, CpixMoment.InPeriod(1)).Key!.Kid);
        Assert.Equal("p1", Assert.Single(document.FindPeriods(CpixMoment.InPeriod(1))).Id);
    }

    private static CpixDocument TwoKeys()
    {
        var document = CpixDocument.Create("2.4", "c");
        document.AddContentKey(First);
        document.AddContentKey(Second);
        return document;
    }
}
