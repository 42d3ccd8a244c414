using System.Text;
using DrmHub.Music.Ddex;
using DrmHub.Testing;

namespace DrmHub.Music.Tests.Ddex;

public sealed class ErnParserTests
{
    private const string ThreeDeals =
        """
        <ReleaseDeal><DealReleaseReference>R1</DealReleaseReference><DealReleaseReference>R2</DealReleaseReference><Deal><DealTerms><CommercialModelType>SubscriptionModel</CommercialModelType><Usage><UseType>OnDemandStream</UseType></Usage><TerritoryCode>Worldwide</TerritoryCode><ValidityPeriod><StartDate>2026-02-01</StartDate></ValidityPeriod></DealTerms></Deal></ReleaseDeal>
        """;

    [Theory]
    [InlineData("41")]
    [InlineData("42")]
    [InlineData("43")]
    [InlineData("432")]
    [InlineData("381")]
    [InlineData("382")]
    public void Every_version_says_the_same(string version)
    {
        var sample = new ErnSample { Version = version, Deals = version[0] == '3' ? ThreeDeals : ErnSample.UsualDeals };
        var message = ErnParser.Parse(sample.ToStream());
        Assert.Equal("M-1", message.MessageId);
        Assert.Equal(ErnSample.Sender, message.Licensor);
        Assert.Equal(["ZZABC9900001", "ZZABC9900002"], message.Recordings.Select(recording => recording.Isrc));
        Assert.All(message.Recordings, recording => Assert.Equal(200_000, recording.DurationMs));
        Assert.Equal("Kaveri", message.Main.Titles[0].Value);
        Assert.Equal(["A1", "A2"], message.Main.Items.Select(item => item.Resource));
        Assert.Equal(["R1", "R2"], message.Tracks.Select(track => track.Reference));
        Assert.Equal("2000000000015", message.Main.Id.Icpn);
        Assert.Contains(message.Recordings[0].Contributors, one => one.Role == "Composer");
        Assert.Equal("OnDemandStream", message.Deals[0].Uses[^1]);
    }

    [Fact]
    public void The_samples_of_the_collection_are_read()
    {
        foreach (var name in (string[])["ern43-album-initial.xml", "ern43-album-takedown-no-deals.xml", "ern43-purge.xml", "ern432-album-initial.xml"])
        {
            if (SharedVectors.Find($"vectors/music/own/{name}") is not { } path) continue;
            using var file = File.OpenRead(path);
            var message = ErnParser.Parse(file);
            Assert.Equal(ErnSample.Sender, message.Sender);
            Assert.Equal(name.Contains("purge", StringComparison.Ordinal), message.Purged is not null);
        }
    }

    /// <summary>Each is one change to a good message: what is replaced, by what, and the code of the refusal.</summary>
    [Theory]
    [InlineData("<ISRC>ZZABC9900002</ISRC>", "<ISRC>ZZ-ABC-99-00002</ISRC>", "ern.identifier")]
    [InlineData("<ISRC>ZZABC9900002</ISRC>", "<ISRC>ZZABC9900001</ISRC>", "ern.identifier")]
    [InlineData("<ICPN>2000000000015</ICPN>", "<ICPN>2000000000016</ICPN>", "ern.identifier")]
    [InlineData("<GRid>A1ZZZZZ0000000001R</GRid>", "<GRid>A1ZZZZZ0000000001S</GRid>", "ern.identifier")]
    [InlineData("<MessageSender><PartyId>PADPIDA2099010101X", "<MessageSender><PartyId>PADPIDA2099010101Y", "ern.identifier")]
    [InlineData("<DealReleaseReference>R2<", "<DealReleaseReference>R9<", "ern.reference")]
    [InlineData("<ReleaseResourceReference>A2</ReleaseResourceReference></ResourceGroupContentItem>", "<ReleaseResourceReference>A9</ReleaseResourceReference></ResourceGroupContentItem>", "ern.reference")]
    [InlineData("<ArtistPartyReference>PArtist1<", "<ArtistPartyReference>PArtist9<", "ern.reference")]
    [InlineData("<ResourceReference>A2<", "<ResourceReference>A1<", "ern.reference")]
    [InlineData("<TerritoryCode>IN</TerritoryCode>", "<TerritoryCode>XX</TerritoryCode>", "ern.territory")]
    [InlineData("<TerritoryCode>IN</TerritoryCode>", "<TerritoryCode>IN</TerritoryCode><ExcludedTerritoryCode>US</ExcludedTerritoryCode>", "ern.contradiction")]
    [InlineData("<ExcludedTerritoryCode>US<", "<ExcludedTerritoryCode>Worldwide<", "ern.contradiction")]
    [InlineData("2026-12-31T00:00:00Z</EndDateTime>", "2026-01-31T00:00:00Z</EndDateTime>", "ern.period")]
    [InlineData("<StartDateTime>2026-02-01T00:00:00Z</StartDateTime>", "<StartDate>2026</StartDate>", "ern.period")]
    [InlineData("<StartDateTime>2026-02-01T00:00:00Z</StartDateTime>", "", "ern.period")]
    [InlineData("<UseType>OnDemandStream</UseType>", "<UseType>OnDemandStreaming</UseType>", "ern.value")]
    [InlineData("<CommercialModelType>SubscriptionModel<", "<CommercialModelType>Subscription<", "ern.value")]
    [InlineData("<UseType>PermanentDownload</UseType>", "<UseType>PermanentDownload</UseType><Conditions>only on Sundays</Conditions>", "ern.structure")]
    [InlineData("<UseType>PermanentDownload</UseType>", "<UseType>PermanentDownload</UseType><InstantGratificationResourceList><DealResourceReference>A1</DealResourceReference></InstantGratificationResourceList>", "ern.contradiction")]
    [InlineData("<MessageId>M-1</MessageId>", "", "ern.structure")]
    [InlineData("<DisplayTitleText>Kaveri</DisplayTitleText><DisplayTitle><TitleText LanguageAndScriptCode=\"ta-Taml\">காவேரி</TitleText></DisplayTitle>", "", "ern.structure")]
    [InlineData("http://ddex.net/xml/ern/43", "http://ddex.net/xml/ern/99", "ern.version")]
    [InlineData("ern:NewReleaseMessage", "ern:UpdateReleaseMessage", "ern.structure")]
    [InlineData("<Duration>PT3M20S</Duration>", "<Duration>3:20</Duration>", "ern.value")]
    [InlineData("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE x [<!ENTITY a \"b\">]>", "ern.xml")]
    [InlineData("</ReleaseList>", "", "ern.xml")]
    public void One_fault_is_refused_with_its_code_and_line(string from, string to, string code)
    {
        var good = new ErnSample().ToString();
        Assert.Contains(from, good, StringComparison.Ordinal);
        var bad = good.Replace(from, to, StringComparison.Ordinal);
        var refused = Assert.Throws<ErnException>(() => ErnParser.Parse(new MemoryStream(Encoding.UTF8.GetBytes(bad))));
        Assert.Contains(refused.Problems, problem => problem.Code == code);
        Assert.All(refused.Problems, problem => Assert.InRange(problem.Line, 1, bad.Count(c => c == '\n') + 1));
    }

    [Fact]
    public void All_faults_are_said_at_once_each_with_its_line()
    {
        var bad = new ErnSample().ToString().Replace("ZZABC9900002", "bad", StringComparison.Ordinal).Replace("<TerritoryCode>LK", "<TerritoryCode>ZZ", StringComparison.Ordinal);
        var refused = Assert.Throws<ErnException>(() => ErnParser.Parse(new MemoryStream(Encoding.UTF8.GetBytes(bad))));
        Assert.Equal(["ern.identifier", "ern.territory"], refused.Problems.Select(problem => problem.Code).Distinct());
        var lines = bad.Split('\n');
        Assert.All(refused.Problems, problem => Assert.Contains(problem.Code == "ern.territory" ? "ZZ" : "bad", lines[problem.Line - 1], StringComparison.Ordinal));
    }

    [Fact]
    public void Depth_and_length_have_limits()
    {
        var deep = string.Concat(Enumerable.Repeat("<a>", 100)) + string.Concat(Enumerable.Repeat("</a>", 100));
        Assert.Equal("ern.xml", Assert.Throws<ErnException>(() => ErnParser.Parse(new MemoryStream(Encoding.UTF8.GetBytes(deep)))).Problems[0].Code);
        var longText = $"<a>{new string('x', 100_000)}</a>";
        Assert.Equal("ern.xml", Assert.Throws<ErnException>(() => ErnParser.Parse(new MemoryStream(Encoding.UTF8.GetBytes(longText)))).Problems[0].Code);
    }

    [Fact]
    public void A_message_in_utf16_is_read()
    {
        var text = new ErnSample().ToString().Replace("UTF-8", "UTF-16", StringComparison.Ordinal);
        var bytes = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(text)).ToArray();
        Assert.Equal("காவேரி", ErnParser.Parse(new MemoryStream(bytes)).Main.Titles[1].Value);
    }

    [Fact]
    public void Children_may_stand_in_the_namespace_of_the_root()
    {
        var text = new ErnSample().ToString().Replace("ern:NewReleaseMessage xmlns:ern=", "NewReleaseMessage xmlns=", StringComparison.Ordinal).Replace("/ern:", "/", StringComparison.Ordinal);
        Assert.Equal("Kaveri", ErnParser.Parse(new MemoryStream(Encoding.UTF8.GetBytes(text))).Main.Titles[0].Value);
    }
}
