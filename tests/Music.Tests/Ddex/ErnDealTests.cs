using DrmHub.Music.Ddex;
using DrmHub.Testing;
using DrmHub.Vault.Rights;

namespace DrmHub.Music.Tests.Ddex;

/// <summary>Deals of messages become deals of the hub.</summary>
public sealed class ErnDealTests
{
    [Fact]
    public void Model_use_territory_and_window_become_deals()
    {
        var deals = Map(new ErnSample());
        Assert.Equal(4, deals.Count); // Subscription for two plans, free, purchase.
        var premium = deals.Single(deal => deal.Plans.Contains("premium"));
        Assert.Equal(CommercialModel.Subscription, premium.Model);
        Assert.Equal([ContentUse.Stream, ContentUse.Download], premium.Uses.Order());
        Assert.Equal(["IN", "LK"], premium.Territories.Order());
        Assert.Equal(["c1", "c2"], premium.Content.Patterns);
        Assert.Equal([AudioQuality.Low, AudioQuality.High], premium.AudioQualities.Order());
        Assert.Contains(AudioQuality.Lossless, deals.Single(deal => deal.Plans.Contains("lossless")).AudioQualities);
        var free = deals.Single(deal => deal.Model == CommercialModel.Free);
        Assert.Equal(["US"], free.TerritoriesExcluded);
        Assert.Empty(free.Territories);
        Assert.Equal([ContentUse.Stream], free.Uses);
        Assert.Equal([AudioQuality.Low], free.AudioQualities);
        Assert.Equal(At("2026-12-31T00:00:00Z"), free.ClosesMs);
        Assert.Equal(["c1", "c2"], deals.Single(deal => deal.Model == CommercialModel.Purchase).Content.Patterns);
    }

    [Fact]
    public void A_local_midnight_is_midnight_in_each_country()
    {
        var premium = Map(new ErnSample()).Single(deal => deal.Plans.Contains("premium"));
        Assert.Equal(At("2026-02-01T00:00:00+05:30"), premium.OpensMs);
        var two = Map(new ErnSample { Deals = Deal("<TerritoryCode>IN</TerritoryCode><TerritoryCode>US</TerritoryCode>", "<StartDate>2026-02-01</StartDate><EndDate>2026-02-28</EndDate>") }).Where(deal => deal.Plans.Contains("premium")).ToList();
        Assert.Equal(2, two.Count);
        var america = two.Single(deal => deal.Territories.Contains("US"));
        Assert.Equal(At("2026-02-01T00:00:00-10:00"), america.OpensMs); // Hawaii is the last.
        Assert.Equal(At("2026-03-01T00:00:00-04:00"), america.ClosesMs); // Puerto Rico is another country; the east with summer time is the first.
    }

    [Fact]
    public void A_worldwide_start_to_come_opens_with_each_countrys_day_and_one_that_is_over_is_one_deal()
    {
        var coming = Map(new ErnSample { Created = "2026-01-01T00:00:00Z", Deals = Deal("<TerritoryCode>Worldwide</TerritoryCode>", "<StartDateTime>2026-02-01T00:00:00</StartDateTime>") }).Where(deal => deal.Plans.Contains("premium")).ToList();
        Assert.Equal(At("2026-02-01T00:00:00+05:30"), coming.Single(deal => deal.Territories.Contains("IN")).OpensMs);
        Assert.Equal(Territories.All.Count, coming.Sum(deal => deal.Territories.Count));
        var running = Assert.Single(Map(new ErnSample { Created = "2026-03-01T00:00:00Z", Deals = Deal("<TerritoryCode>Worldwide</TerritoryCode>", "<StartDateTime>2026-02-01T00:00:00</StartDateTime>") }), deal => deal.Plans.Contains("premium"));
        Assert.Empty(running.Territories);

        // The same goes for countries that are listed one by one, as most senders do.
        var listed = Map(new ErnSample { Created = "2026-03-01T00:00:00Z", Deals = string.Concat(Territories.All.Select(code => Deal($"<TerritoryCode>{code}</TerritoryCode>", "<StartDate>2026-02-01</StartDate>"))) });
        Assert.Equal(Territories.All.Count, Assert.Single(listed, deal => deal.Plans.Contains("premium")).Territories.Count);
    }

    [Fact]
    public void A_pre_order_delivers_the_instant_tracks_alone()
    {
        var deals = Map(new ErnSample
        {
            Deals = """
                <ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms><TerritoryCode>IN</TerritoryCode><ValidityPeriod><StartDateTime>2026-01-10T00:00:00</StartDateTime><EndDateTime>2026-02-01T00:00:00</EndDateTime></ValidityPeriod><CommercialModelType>PayAsYouGoModel</CommercialModelType><UseType>PermanentDownload</UseType><IsPreOrderDeal>true</IsPreOrderDeal><InstantGratificationResourceList><DealResourceReference>A1</DealResourceReference></InstantGratificationResourceList></DealTerms></Deal></ReleaseDeal>
                """,
        });
        var deal = Assert.Single(deals);
        Assert.Equal(["c1"], deal.Content.Patterns);
        Assert.Equal(CommercialModel.Purchase, deal.Model);
        Assert.Equal(At("2026-02-01T00:00:00+05:30"), deal.ClosesMs);
    }

    [Fact]
    public void A_track_has_its_own_deal()
    {
        var deals = Map(new ErnSample { Deals = Deal("<TerritoryCode>IN</TerritoryCode>", "<StartDate>2026-02-01</StartDate>", "R1") + Deal("<TerritoryCode>LK</TerritoryCode>", "<StartDate>2026-02-01</StartDate>", "R2") });
        Assert.Equal("c1", deals.Single(deal => deal.Plans.Contains("premium") && deal.Territories.Contains("IN")).Content.Patterns.Single());
        Assert.Equal("c2", deals.Single(deal => deal.Plans.Contains("premium") && deal.Territories.Contains("LK")).Content.Patterns.Single());
    }

    [Theory]
    [InlineData("", "no territory")]
    [InlineData("<TerritoryCode>ES-CN</TerritoryCode>", "parts of countries")]
    public void Terms_that_cannot_be_kept_grant_nothing_and_are_noted(string territory, string note)
    {
        var mapper = Mapper(new ErnSample { Deals = Deal(territory, "<StartDate>2026-02-01</StartDate>") });
        Assert.Empty(mapper.Map());
        Assert.Contains(note, Assert.Single(mapper.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_streaming_deal_on_an_album_is_ignored_unless_the_sender_means_the_tracks()
    {
        var sample = new ErnSample { Deals = Deal("<TerritoryCode>IN</TerritoryCode>", "<StartDate>2026-02-01</StartDate>", "R0") };
        var mapper = Mapper(sample);
        Assert.Empty(mapper.Map());
        Assert.NotEmpty(mapper.Notes);
        Assert.Equal(2, Mapper(sample, new DdexOptions { AlbumStreaming = [ErnSample.Sender] }).Map().Count);
        Assert.Equal(2, Mapper(sample with { Tracks = 1, Deals = sample.Deals }).Map().Count); // A single has one recording.
    }

    [Fact]
    public void Radio_rights_open_nothing_for_subscribers()
    {
        var deals = Map(new ErnSample { Deals = Deal("<TerritoryCode>IN</TerritoryCode>", "<StartDate>2026-02-01</StartDate>").Replace("OnDemandStream", "NonInteractiveStream", StringComparison.Ordinal) });
        Assert.Empty(deals);
    }

    [Fact]
    public void A_deal_for_another_channel_is_not_for_this_hub()
    {
        var sample = new ErnSample { Deals = Deal("<TerritoryCode>IN</TerritoryCode>", "<StartDate>2026-02-01</StartDate>").Replace("</DealTerms>", "<DistributionChannel><PartyId>PADPIDA2099010102V</PartyId></DistributionChannel></DealTerms>", StringComparison.Ordinal) };
        Assert.Empty(Mapper(sample).Map());
        Assert.Equal(2, Mapper(sample, new DdexOptions { PartyId = ErnSample.Recipient }).Map().Count);
    }

    [Fact]
    public void A_takedown_of_3_8_ends_the_deals_that_it_covers()
    {
        const string Down = "<ReleaseDeal><DealReleaseReference>R1</DealReleaseReference><Deal><DealTerms><TakeDown>true</TakeDown><TerritoryCode>IN</TerritoryCode><ValidityPeriod><StartDate>2026-06-01</StartDate></ValidityPeriod></DealTerms></Deal></ReleaseDeal>";
        const string Open = "<ReleaseDeal><DealReleaseReference>R1</DealReleaseReference><Deal><DealTerms><CommercialModelType>SubscriptionModel</CommercialModelType><Usage><UseType>OnDemandStream</UseType></Usage>TERRITORY<ValidityPeriod><StartDate>2026-02-01</StartDate></ValidityPeriod></DealTerms></Deal></ReleaseDeal>";
        var inside = Map(new ErnSample { Version = "382", Deals = Open.Replace("TERRITORY", "<TerritoryCode>IN</TerritoryCode>", StringComparison.Ordinal) + Down });
        Assert.All(inside, deal => Assert.Equal(At("2026-06-01T00:00:00+14:00"), deal.ClosesMs));
        var world = Map(new ErnSample { Version = "382", Created = "2026-05-01T00:00:00Z", Deals = Open.Replace("TERRITORY", "<TerritoryCode>Worldwide</TerritoryCode>", StringComparison.Ordinal) + Down });
        Assert.All(world, deal => Assert.Equal(["IN"], deal.TerritoriesExcluded));
    }

    [Fact]
    public void A_deal_for_each_country_becomes_one_where_all_else_agrees()
    {
        const string Past = "<StartDateTime>2025-02-01T00:00:00Z</StartDateTime>";
        var each = string.Concat(new[] { "IN", "GB", "XK", "US" }.Select(code => Deal($"<TerritoryCode>{code}</TerritoryCode>", Past)));
        var one = Assert.Single(Map(new ErnSample { Deals = each }), deal => deal.Plans.Contains("premium"));
        Assert.Equal(["GB", "IN", "US", "XK"], one.Territories.Order());
        Assert.EndsWith("GB IN US XK", one.Name, StringComparison.Ordinal);
        var together = Deal("<TerritoryCode>US</TerritoryCode><TerritoryCode>XK</TerritoryCode><TerritoryCode>GB</TerritoryCode><TerritoryCode>IN</TerritoryCode>", Past);
        Assert.Equal(Map(new ErnSample { Deals = together }).Select(deal => deal.Id), Map(new ErnSample { Deals = each }).Select(deal => deal.Id));

        // Other tracks, another day, or the world without a country stay apart.
        var others = each + Deal("<TerritoryCode>DE</TerritoryCode>", Past, "R1") + Deal("<TerritoryCode>FR</TerritoryCode>", "<StartDateTime>2025-03-01T00:00:00Z</StartDateTime>")
            + Deal("<ExcludedTerritoryCode>AT</ExcludedTerritoryCode>", Past);
        Assert.Equal(4, Map(new ErnSample { Deals = others }).Count(deal => deal.Plans.Contains("premium")));
    }

    [Fact]
    public void The_same_message_makes_the_same_deals_under_the_same_ids() =>
        Assert.Equal(Map(new ErnSample()).Select(deal => deal.Id), Map(new ErnSample()).Select(deal => deal.Id));

    private static string Deal(string territory, string period, string release = "R1</DealReleaseReference><DealReleaseReference>R2") =>
        $"<ReleaseDeal><DealReleaseReference>{release}</DealReleaseReference><Deal><DealTerms>{territory}<ValidityPeriod>{period}</ValidityPeriod><CommercialModelType>SubscriptionModel</CommercialModelType><UseType>OnDemandStream</UseType></DealTerms></Deal></ReleaseDeal>";

    private static IReadOnlyList<Deal> Map(ErnSample sample) => Mapper(sample).Map();

    private static ErnDealMapper Mapper(ErnSample sample, DdexOptions? options = null)
    {
        var message = ErnParser.Parse(sample.ToStream());
        return new ErnDealMapper(message, "rel_1", message.Recordings.ToDictionary(recording => recording.Reference, recording => "c" + recording.Reference[1..]), options ?? new DdexOptions());
    }

    private static long At(string time) => DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
}
