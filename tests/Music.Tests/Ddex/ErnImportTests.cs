using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Ddex;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.Music.Tests.Ddex;

public sealed class ErnImportTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_becomes_catalogue_and_deals_and_the_same_again_changes_nothing(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        var outcome = await ImportAsync(door, new ErnSample());
        Assert.Equal(ErnResult.Imported, outcome.Result);
        var release = (await door.Catalogue.FindByAsync<Release>("upc", MusicIds.PadGtin("2000000000015"))).Single();
        Assert.Equal(ErnSample.Sender, release.Licensor);
        Assert.Equal(["Kaveri", "காவேரி"], release.Titles.Select(title => title.Value));
        var tracks = await ReleaseTracksApi.ReadAsync(door.Catalogue, release.Id, default);
        Assert.Equal(["ZZABC9900001", "ZZABC9900002"], tracks.Select(view => view.Recording.Isrc));
        Assert.Equal(4, (await RightsAsync(door)).Deals.Count(deal => deal.Id.StartsWith($"ern.{release.Id}.", StringComparison.Ordinal)));
        Assert.Equal(tracks.Select(view => view.Recording.Id).Order(), (await RightsAsync(door)).Deals.First(deal => deal.Plans.Contains("premium")).Content.Patterns.Order());
        var number = await door.Catalogue.Store.Queries.NumberAsync();
        Assert.Equal(ErnResult.AlreadyImported, (await ImportAsync(door, new ErnSample())).Result);
        Assert.Equal(number, await door.Catalogue.Store.Queries.NumberAsync());

        // The same content in a new message keeps every id and every deal.
        var again = await ImportAsync(door, new ErnSample { MessageId = "M-2", Created = "2026-01-02T00:00:00Z" });
        Assert.Equal(release.Id, again.ReleaseId);
        Assert.Equal(outcome.Deals, again.Deals);
        Assert.Equal(number, await door.Catalogue.Store.Queries.NumberAsync());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_update_is_the_whole_truth_and_a_takedown_ends_every_deal(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        var first = await ImportAsync(door, new ErnSample { Tracks = 3 });
        var update = await ImportAsync(door, new ErnSample { MessageId = "M-2", Created = "2026-01-02T00:00:00Z", Title = "Kaveri (Deluxe)", Deals = "<ReleaseDeal><DealReleaseReference>R1</DealReleaseReference><Deal><DealTerms><TerritoryCode>IN</TerritoryCode><ValidityPeriod><StartDate>2026-02-01</StartDate></ValidityPeriod><CommercialModelType>SubscriptionModel</CommercialModelType><UseType>OnDemandStream</UseType></DealTerms></Deal></ReleaseDeal>" });
        Assert.Equal(first.ReleaseId, update.ReleaseId);
        Assert.Equal(2, (await RightsAsync(door)).Deals.Count);
        Assert.Equal(2, (await door.Catalogue.ChildrenAsync<Track>(first.ReleaseId!)).Count); // The third track is gone.
        Assert.Equal("Kaveri (Deluxe)", (await door.Catalogue.FindAsync<Release>(first.ReleaseId!))!.Titles[0].Value);
        var down = await ImportAsync(door, new ErnSample { MessageId = "M-3", Created = "2026-01-03T00:00:00Z", Deals = "" });
        Assert.Equal(ErnResult.TakenDown, down.Result);
        Assert.Empty((await RightsAsync(door)).Deals);
        Assert.Contains(await door.Vault.EntriesAsync(), entry => entry.Kind == AuditKind.Takedown && entry.Details["message"] == "M-3");

        // One that the sender made earlier and that comes later is not applied.
        var late = await ImportAsync(door, new ErnSample { MessageId = "M-0", Created = "2025-12-31T00:00:00Z" });
        Assert.Equal(ErnResult.Superseded, late.Result);
        Assert.Empty((await RightsAsync(door)).Deals);
    }

    [Fact]
    public async Task A_purge_forgets_the_release_and_hides_its_recordings()
    {
        await using var door = await OpenAsync(onPostgres: false);
        var first = await ImportAsync(door, new ErnSample());
        var purge = $"""
            <ern:PurgeReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43" AvsVersionId="3" LanguageAndScriptCode="en"><MessageHeader><MessageId>P-1</MessageId><MessageSender><PartyId>{ErnSample.Sender}</PartyId></MessageSender><MessageRecipient><PartyId>{ErnSample.Recipient}</PartyId></MessageRecipient><MessageCreatedDateTime>2026-01-05T00:00:00Z</MessageCreatedDateTime></MessageHeader>
            <PurgedRelease><ReleaseId><ICPN>2000000000015</ICPN></ReleaseId></PurgedRelease></ern:PurgeReleaseMessage>
            """;
        var outcome = await door.Get<ErnImporter>().ImportAsync(new MemoryStream(Encoding.UTF8.GetBytes(purge)), MusicActor.CommandLine);
        Assert.Equal(ErnResult.Purged, outcome.Result);
        Assert.Null(await door.Catalogue.FindAsync<Release>(first.ReleaseId!));
        Assert.Empty((await RightsAsync(door)).Deals);
        Assert.True((await door.Catalogue.FindByAsync<Recording>("isrc", "ZZABC9900001")).Single().Hidden);
        var foreign = purge.Replace(ErnSample.Sender, "PADPIDA2014122301Q", StringComparison.Ordinal).Replace("P-1", "P-2", StringComparison.Ordinal);
        Assert.Equal("ern.reference", (await Assert.ThrowsAsync<ErnException>(() => door.Get<ErnImporter>().ImportAsync(new MemoryStream(Encoding.UTF8.GetBytes(foreign)), MusicActor.CommandLine))).Problems[0].Code);
    }

    [Fact]
    public async Task Another_senders_isrc_stays_another_recording_and_comes_under_no_foreign_deal()
    {
        await using var door = await OpenAsync(onPostgres: false);
        await ImportAsync(door, new ErnSample());
        var foreign = new ErnSample { MessageId = "X-1" }.ToString().Replace(ErnSample.Sender, "PADPIDA2014122301Q", StringComparison.Ordinal).Replace("A1ZZZZZ0000000001R", "A12425GABC1234002M", StringComparison.Ordinal);
        await door.Get<ErnImporter>().ImportAsync(new MemoryStream(Encoding.UTF8.GetBytes(foreign)), MusicActor.CommandLine);
        var both = await door.Catalogue.FindByAsync<Recording>("isrc", "ZZABC9900001");
        Assert.Equal(2, both.Count);
        foreach (var deal in (await RightsAsync(door)).Deals)
            Assert.All(deal.Content.Patterns, content => Assert.DoesNotContain(both, recording => recording.Licensor != deal.Licensor && recording.Id == content));
    }

    [Fact]
    public async Task A_refused_message_leaves_nothing()
    {
        await using var door = await OpenAsync(onPostgres: false);
        var bad = new ErnSample().ToString().Replace("<TerritoryCode>LK", "<TerritoryCode>ZZ", StringComparison.Ordinal);
        await Assert.ThrowsAsync<ErnException>(() => door.Get<ErnImporter>().ImportAsync(new MemoryStream(Encoding.UTF8.GetBytes(bad)), MusicActor.CommandLine));
        Assert.Equal(0, await door.Catalogue.Store.Queries.NumberAsync());
        Assert.Empty((await RightsAsync(door)).Deals);
    }

    [Fact]
    public async Task A_message_id_for_other_bytes_is_refused_and_a_test_message_is_only_checked()
    {
        await using var door = await OpenAsync(onPostgres: false);
        Assert.Equal(ErnResult.Checked, (await ImportAsync(door, new ErnSample { Control = "TestMessage" })).Result);
        Assert.Empty((await RightsAsync(door)).Deals);
        await ImportAsync(door, new ErnSample());
        var refused = await Assert.ThrowsAsync<ErnException>(() => ImportAsync(door, new ErnSample { Title = "Other" }));
        Assert.Equal("ern.message_reused", refused.Problems[0].Code);
    }

    [Fact]
    public async Task Messages_about_one_release_that_race_end_as_one_of_them()
    {
        await using var door = await OpenAsync(onPostgres: false);
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 6).Select(i => Task.Run(() => ImportAsync(door, new ErnSample { MessageId = $"M-{i}", Title = $"Kaveri {i}", Created = $"2026-01-0{i}T00:00:00Z" }))));
        Assert.Single(outcomes.Select(outcome => outcome.ReleaseId).Distinct());
        Assert.Equal("Kaveri 6", (await door.Catalogue.FindAsync<Release>(outcomes[0].ReleaseId!))!.Titles[0].Value);
        Assert.Equal(4, (await RightsAsync(door)).Deals.Count);
        Assert.All((await RightsAsync(door)).Deals, deal => Assert.StartsWith("Kaveri 6", deal.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task By_http_a_refusal_names_lines_and_an_import_is_kept_byte_for_byte()
    {
        await using var door = await OpenAsync(onPostgres: false);
        var bad = await PostAsync(door, new ErnSample().ToString().Replace("<TerritoryCode>LK", "<TerritoryCode>ZZ", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        var problem = await bad.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("ern.territory", problem.GetProperty("code").GetString());
        Assert.StartsWith("line ", problem.GetProperty("errors")[0].GetString(), StringComparison.Ordinal);
        var text = new ErnSample().ToString();
        var good = await PostAsync(door, text);
        Assert.Equal("Imported", (await good.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("result").GetString());
        Assert.Equal(text, await door.Http.GetStringAsync($"/music/ern/{ErnSample.Sender}/M-1"));
        using var stranger = door.Stranger();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync("/music/ern", new StringContent(text, Encoding.UTF8, "application/xml"))).StatusCode);
    }

    /// <summary>The decision itself, over what was imported: the premium plan plays in India from the local midnight on, and not in the United States.</summary>
    [Fact]
    public async Task What_was_imported_decides()
    {
        await using var door = await OpenAsync(onPostgres: false);
        await ImportAsync(door, new ErnSample());
        var content = (await door.Catalogue.FindByAsync<Recording>("isrc", "ZZABC9900001")).Single().Content;
        var rights = await RightsAsync(door);
        Assert.Null(Decide(rights, content, "IN", "2026-02-01T00:00:00+05:30"));
        Assert.Equal(ReasonCodes.DealNotOpen, Decide(rights, content, "IN", "2026-01-31T23:59:59+05:30"));
        Assert.Equal(ReasonCodes.DealTerritory, Decide(rights, content, "US", "2026-03-01T00:00:00Z"));
        Assert.Equal(ReasonCodes.DealNone, Decide(rights, "another", "IN", "2026-03-01T00:00:00Z"));
    }

    private static string? Decide(RightsSnapshot rights, string content, string country, string time) => Entitlement.Decide(
        new DecisionRequest
        {
            ContentId = content,
            Keys = [new RequestedKey(default, Cenc.TrackType.Audio, null) { Quality = AudioQuality.High }],
            Level = SecurityLevel.Software,
            NowMs = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds(),
            Country = country,
            TokenPlans = ["premium"],
        },
        rights,
        null,
        new DevicePolicy()).Reason;

    /// <summary>The rights as a node that starts now reads them.</summary>
    private static async Task<RightsSnapshot> RightsAsync(MusicDoor door)
    {
        await using var rights = await RightsStore.OpenAsync(door.Vault.Database, door.Vault.Audit, TimeProvider.System);
        return rights.Current;
    }

    private async Task<MusicDoor> OpenAsync(bool onPostgres)
    {
        Skip.If(onPostgres && postgres.Reason is not null, postgres.Reason);
        return await MusicDoor.OpenAsync(postgreSql: onPostgres ? await postgres.CreateDatabaseAsync() : null);
    }

    private static Task<HttpResponseMessage> PostAsync(MusicDoor door, string xml) => door.Http.PostAsync("/music/ern", new StringContent(xml, Encoding.UTF8, "application/xml"));

    private static Task<ErnOutcome> ImportAsync(MusicDoor door, ErnSample sample) => door.Get<ErnImporter>().ImportAsync(sample.ToStream(), MusicActor.CommandLine);
}
