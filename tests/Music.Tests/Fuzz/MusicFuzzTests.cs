using System.Diagnostics;
using System.Text;
using DrmHub.Music.Ddex;
using DrmHub.Music.Podcasts;
using DrmHub.Music.Search;
using DrmHub.Testing;

namespace DrmHub.Music.Tests.Fuzz;

/// <summary>
/// Mutations of messages and feeds, and random text for the search. A message is read and its deals are mapped, or it is refused with lines;
/// nothing else comes out. DRMHUB_FUZZ_SECONDS sets how long for all three together (default 6).
/// </summary>
public sealed class MusicFuzzTests
{
    private static readonly string[] s_tokens =
    [
        "<", ">", "/>", "&", "&amp;", "&#x0;", "&#xD800;", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "<![CDATA[", "]]>", "<!--", "-->", "xmlns=\"x\"", "<a>", "</a>", "-1", "99999999999999999999", "PT99999999H", "P9999Y",
        "0000-00-00", "9999-12-31T23:59:59+14:00", "2026-02-30", "2026", "Worldwide", "XX", "ES-CN", "2136", "<TerritoryCode>US</TerritoryCode>", "<TakeDown>true</TakeDown>", "<IsPreOrderDeal>true</IsPreOrderDeal>", "R0", "A1", "R1", "P", "",
        "<ValidityPeriod/>", "<DealTerms/>", "<item><title>x</title></item>", "<itunes:duration>9:9:9:9:9:9</itunes:duration>", "<pubDate>Fri, 99 Foo 0000 99:99 +9999</pubDate>", "\u0000", "\uFFFF", "\u094d",
    ];

    private static double Seconds => double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "6", System.Globalization.CultureInfo.InvariantCulture) / 3;

    [Fact]
    public void Messages_are_read_or_refused_with_their_lines()
    {
        string[] corpus = [new ErnSample().ToString(), new ErnSample { Version = "382", Deals = "<ReleaseDeal><DealReleaseReference>R1</DealReleaseReference><Deal><DealTerms><TakeDown>true</TakeDown><TerritoryCode>IN</TerritoryCode><ValidityPeriod><StartDate>2026-06-01</StartDate></ValidityPeriod></DealTerms></Deal></ReleaseDeal>" }.ToString(), new ErnSample { Version = "41", Tracks = 1 }.ToString()];
        Run(corpus, input =>
        {
            try
            {
                var message = ErnParser.Parse(new MemoryStream(input));
                if (message.Purged is not null) return true;
                var mapper = new ErnDealMapper(message, "rel", message.Recordings.ToDictionary(recording => recording.Reference, recording => recording.Reference), new DdexOptions());
                foreach (var deal in mapper.Map())
                {
                    // A deal without territories is for the world: never by accident, only where the message says so.
                    if (deal.Territories.Count == 0) Assert.Contains(message.Deals, read => read.Territories.Count == 0 && read.Held is null);
                    Assert.NotEmpty(deal.Content.Patterns);
                    Assert.True(deal.ClosesMs is null || deal.ClosesMs > deal.OpensMs);
                }

                return true;
            }
            catch (ErnException exception)
            {
                Assert.All(exception.Problems, problem => Assert.StartsWith("ern.", problem.Code, StringComparison.Ordinal));
                return false;
            }
        });
    }

    [Fact]
    public void Feeds_are_read_or_refused_and_what_was_read_is_written_and_read_again()
    {
        const string Feed =
            """
            <rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>T</title><description>D</description><language>ta</language><itunes:category text="A"><itunes:category text="B"/></itunes:category>
            <item><title>One</title><guid>g</guid><pubDate>Sun, 01 Feb 2026 08:00:00 +0530</pubDate><enclosure url="https://example.com/1.mp3" length="123" type="audio/mpeg"/><itunes:duration>1:02:03</itunes:duration><podcast:transcript url="https://example.com/1.vtt" type="text/vtt"/></item></channel></rss>
            """;
        Run([Feed], input =>
        {
            try
            {
                var (show, episodes, _) = FeedReader.Read(new MemoryStream(input));
                var written = FeedWriter.Write(show with { Id = "x" }, [.. episodes.Select(episode => new FeedItem(episode with { Id = "e" }, episode.Media?.Url, null))], "https://hub.example/podcasts/x/feed.xml", isPrivate: false);
                var (again, items, problems) = FeedReader.Read(new MemoryStream(written));
                Assert.Equal(show.Titles[0].Value.Trim(), again.Titles[0].Value);
                Assert.Equal(episodes.Count, items.Count + problems.Count);
                return true;
            }
            catch (MusicException exception)
            {
                Assert.Equal("feed.invalid", exception.Code);
                return false;
            }
        });
    }

    [Fact]
    public void Any_text_can_be_indexed_and_looked_for()
    {
        var random = new Random(Environment.TickCount);
        var watch = Stopwatch.StartNew();
        using var index = new SearchIndex(500);
        for (var i = 0; watch.Elapsed.TotalSeconds < Seconds; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(4) switch { 0 => (char)random.Next(0x900, 0xD80), 1 => (char)random.Next(0x600, 0x700), 2 => (char)random.Next(32, 0x250), _ => (char)random.Next(char.MaxValue) })]);
            index.Put(new SearchEntry("recording", $"{i % 600}", text, null), [new SearchField(text, random.Next(3) == 0 ? "ta" : null, false)]);
            var query = text[random.Next(text.Length)..];
            foreach (var hit in index.Find(query, _ => true, 10)) Assert.InRange(hit.Score, 0f, 1.001f);
        }
    }

    private static void Run(string[] corpus, Func<byte[], bool> target)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        long runs = 0, read = 0;
        for (; watch.Elapsed.TotalSeconds < Seconds; runs++)
        {
            var text = new StringBuilder(corpus[random.Next(corpus.Length)]);
            for (var change = random.Next(0, 4); change > 0; change--)
            {
                var at = random.Next(text.Length);
                var length = Math.Min(random.Next(0, 30), text.Length - at);
                switch (random.Next(4))
                {
                    case 0: text.Remove(at, length); break;
                    case 1: text.Insert(at, s_tokens[random.Next(s_tokens.Length)]); break;
                    case 2: text.Insert(random.Next(text.Length), text.ToString(at, length)); break;
                    default: Replace(text, random); break;
                }
            }

            var input = Encoding.UTF8.GetBytes(text.ToString());
            try
            {
                if (target(input)) read++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {exception}\n{Convert.ToBase64String(input)}");
            }
        }

        Assert.True(read > 0 && read < runs, $"{read} of {runs} inputs were read: the mutations miss the point.");
    }

    /// <summary>The text of one element becomes a token, so that the document stays well formed.</summary>
    private static void Replace(StringBuilder text, Random random)
    {
        var whole = text.ToString();
        var start = whole.IndexOf('>', random.Next(whole.Length));
        if (start < 0) return;
        var end = whole.IndexOf('<', start);
        if (end <= start) return;
        var token = s_tokens[random.Next(s_tokens.Length)];
        if (token.Contains('<') || token.Contains('&')) return;
        text.Remove(start + 1, end - start - 1).Insert(start + 1, token);
    }
}
