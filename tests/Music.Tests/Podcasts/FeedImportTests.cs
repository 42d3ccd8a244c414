using System.Diagnostics;
using System.Text;
using System.Text.Json;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Podcasts;
using DrmHub.Testing;

namespace DrmHub.Music.Tests.Podcasts;

public sealed class FeedImportTests
{
    private const string Feed =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
        <channel><title>காவேரி கதைகள்</title><link>https://example.com</link><description>Stories</description><language>ta</language><podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid><podcast:locked>no</podcast:locked>
        <itunes:title>not this</itunes:title><itunes:category text="Society &amp; Culture"><itunes:category text="Documentary"/></itunes:category><itunes:explicit>false</itunes:explicit><itunes:image href="https://example.com/a.jpg"/>
        <item><title>One</title><itunes:title>not this</itunes:title><guid isPermaLink="false">g-1</guid><pubDate>Sun, 01 Feb 2026 08:00:00 +0530</pubDate><enclosure url="https://example.com/1.mp3" length="123" type="audio/mpeg"/><itunes:duration>1:02:03</itunes:duration><content:encoded><![CDATA[<p>Hi</p>]]></content:encoded><podcast:transcript url="https://example.com/1.vtt" type="text/vtt"/></item>
        <item><title>Two</title><pubDate>Mon, 2 Feb 2026 08:00 EST</pubDate><enclosure url="https://example.com/2.mp3" length="x" type="audio/mpeg"/><itunes:duration>90</itunes:duration></item>
        <item><title></title><guid>g-3</guid></item>
        <item><title>Four</title><guid>g-4</guid><enclosure url="javascript:alert(1)" length="1" type="audio/mpeg"/><link>javascript:alert(1)</link></item>
        </channel></rss>
        """;

    [Fact]
    public async Task A_feed_becomes_a_show_and_the_same_again_only_updates()
    {
        await using var door = await MusicDoor.OpenAsync();
        var importer = door.Get<FeedImporter>();
        var outcome = await importer.ImportAsync(Stream(Feed), "stories", null, false, MusicActor.CommandLine);
        Assert.Equal(3, outcome.Added);
        Assert.Single(outcome.Problems);
        var show = (await door.Catalogue.FindAsync<Show>("stories"))!;
        Assert.Equal("காவேரி கதைகள்", show.Titles[0].Value);
        Assert.Equal(["Society & Culture/Documentary"], show.Categories);
        var episodes = await door.Catalogue.ChildrenAsync<Episode>("stories");
        var one = episodes.Single(episode => episode.Guid == "g-1");
        Assert.Equal(new DateTimeOffset(2026, 2, 1, 2, 30, 0, TimeSpan.Zero), one.Published);
        Assert.Equal(3_723_000, one.DurationMs);
        Assert.Equal("<p>Hi</p>", one.Description);
        Assert.Equal(new DateTimeOffset(2026, 2, 2, 13, 0, 0, TimeSpan.Zero), episodes.Single(episode => episode.Guid == "https://example.com/2.mp3").Published);
        Assert.Null(episodes.Single(episode => episode.Guid == "g-4").Media);
        Assert.Null(episodes.Single(episode => episode.Guid == "g-4").Link);

        // What was added here stays.
        await door.Catalogue.PutAsync(one with { Premium = true, Media = new EpisodeMedia { File = "own.mp3", Length = 5 } }, null, MusicActor.CommandLine);
        var again = await importer.ImportAsync(Stream(Feed.Replace("<title>One</title>", "<title>One, anew</title>", StringComparison.Ordinal)), null, null, false, MusicActor.CommandLine);
        Assert.Equal(("stories", 0, 3), (again.ShowId, again.Added, again.Updated));
        var after = (await door.Catalogue.FindAsync<Episode>(one.Id))!;
        Assert.Equal("One, anew", after.Titles[0].Value);
        Assert.True(after.Premium);
        Assert.Equal("own.mp3", after.Media!.File);
    }

    [Fact]
    public async Task A_feed_without_a_guid_of_its_own_is_known_again_by_its_address()
    {
        await using var door = await MusicDoor.OpenAsync();
        var importer = door.Get<FeedImporter>();
        var bare = Feed.Replace("<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>", "", StringComparison.Ordinal);
        var self = bare.Replace("<link>https://example.com</link>", "<link>https://example.com</link><a:link xmlns:a=\"http://www.w3.org/2005/Atom\" rel=\"self\" href=\"https://example.com/feed\"/>", StringComparison.Ordinal);

        var first = await importer.ImportAsync(Stream(self), null, null, false, MusicActor.CommandLine);
        var again = await importer.ImportAsync(Stream(self), null, null, false, MusicActor.CommandLine);
        var named = await importer.ImportAsync(Stream(bare), null, "https://example.com/feed", false, MusicActor.CommandLine);
        var other = await importer.ImportAsync(Stream(bare), null, "https://example.com/other", false, MusicActor.CommandLine);

        Assert.Equal((first.ShowId, 0), (again.ShowId, again.Added));
        Assert.Equal(first.ShowId, named.ShowId);
        Assert.NotEqual(first.ShowId, other.ShowId);
        Assert.Equal("https://example.com/feed", (await door.Catalogue.FindAsync<Show>(first.ShowId))!.ImportedFrom);
    }

    [Theory]
    [InlineData("<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><rss><channel><title>&b;</title></channel></rss>")]
    [InlineData("<rss><channel><item/>")]
    [InlineData("<html><body>not found</body></html>")]
    [InlineData("<rss><channel><title></title></channel></rss>")]
    [InlineData("")]
    public async Task What_is_no_feed_is_refused_and_leaves_nothing(string text)
    {
        await using var door = await MusicDoor.OpenAsync();
        var refused = await Assert.ThrowsAsync<MusicException>(() => door.Get<FeedImporter>().ImportAsync(Stream(text), "x", null, false, MusicActor.CommandLine));
        Assert.Equal("feed.invalid", refused.Code);
        Assert.Null(await door.Catalogue.FindAsync<Show>("x"));
    }

    [Fact]
    public async Task A_locked_feed_is_its_owners()
    {
        await using var door = await MusicDoor.OpenAsync();
        var locked = Feed.Replace("<podcast:locked>no", "<podcast:locked>yes", StringComparison.Ordinal);
        Assert.Equal("feed.locked", (await Assert.ThrowsAsync<MusicException>(() => door.Get<FeedImporter>().ImportAsync(Stream(locked), "x", null, false, MusicActor.CommandLine))).Code);
        Assert.Equal(3, (await door.Get<FeedImporter>().ImportAsync(Stream(locked), "x", null, true, MusicActor.CommandLine)).Added);
    }

    [Fact]
    public async Task The_namespaces_own_example_is_read()
    {
        if (SharedVectors.Find("vectors/music/podcast-namespace/example.xml") is not { } path) return;
        await using var door = await MusicDoor.OpenAsync();
        await using var file = File.OpenRead(path);
        var outcome = await door.Get<FeedImporter>().ImportAsync(file, "example", null, true, MusicActor.CommandLine);
        Assert.True(outcome.Added > 0);
        Assert.Null((await door.Catalogue.FindAsync<Show>("example"))!.Guid); // Its guid is a placeholder.
    }

    /// <summary>Real parsers read what we write, and say the same.</summary>
    [SkippableFact]
    public async Task Podcast_parsers_read_our_feed()
    {
        var modules = Path.Combine(Repository.Root, "tests", "node_modules");
        Skip.IfNot(Directory.Exists(Path.Combine(modules, "rss-parser")), "rss-parser is not installed: npm ci in tests.");
        await using var door = await MusicDoor.OpenAsync();
        await door.Get<FeedImporter>().ImportAsync(Stream(Feed), "stories", null, false, MusicActor.CommandLine);
        using var folder = new TemporaryFolder();
        folder.Write("feed.xml", await door.Http.GetByteArrayAsync("/podcasts/stories/feed.xml"));
        folder.Write("read.cjs", Encoding.UTF8.GetBytes($$"""
            const fs = require('fs'), xml = fs.readFileSync('{{folder["feed.xml"]}}', 'utf8');
            const Parser = require('{{modules}}/rss-parser'), partytime = require('{{modules}}/podcast-partytime');
            (async () => {
              const rss = await new Parser().parseString(xml);
              const feed = partytime.parseFeed(xml);
              const { parseRssFeed } = require('{{modules}}/feedsmith');
              const typed = parseRssFeed(xml);
              console.log(JSON.stringify({
                rss: { title: rss.title, items: rss.items.map(i => [i.title, i.guid, i.enclosure && i.enclosure.url, i.itunes.duration, i.isoDate]) },
                partytime: { title: feed.title, guid: feed.guid, items: feed.items.map(i => [i.title, i.enclosure.url]) },
                feedsmith: { guid: typed.podcast.guid, locked: typed.podcast.locked, self: typed.atom.links[0].rel, permalink: typed.items[0].guid.isPermaLink, transcript: typed.items[2].podcast.transcripts[0].type },
              }));
            })();
            """));
        var start = new ProcessStartInfo("node", [folder["read.cjs"]]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        var text = await node.StandardOutput.ReadToEndAsync();
        var error = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, error);
        var read = JsonDocument.Parse(text.TrimEnd().Split('\n')[^1]).RootElement; // One of the parsers logs on standard output.
        Assert.Equal("காவேரி கதைகள்", read.GetProperty("rss").GetProperty("title").GetString());
        var items = read.GetProperty("rss").GetProperty("items");
        Assert.Equal(["Four", "Two", "One"], items.EnumerateArray().Select(item => item[0].GetString()));
        Assert.Equal("g-1", items[2][1].GetString());
        Assert.Equal("https://example.com/1.mp3", items[2][2].GetString());
        Assert.Equal("3723", items[2][3].GetString());
        Assert.Equal("2026-02-01T02:30:00.000Z", items[2][4].GetString());

        // The parser of Podcast Index leaves items without an enclosure out.
        Assert.Equal(["Two", "One"], read.GetProperty("partytime").GetProperty("items").EnumerateArray().Select(item => item[0].GetString()));
        Assert.Equal("917393e3-1b1e-5cef-ace4-edaa54e1f810", read.GetProperty("partytime").GetProperty("guid").GetString());
        var typed = read.GetProperty("feedsmith");
        Assert.Equal("917393e3-1b1e-5cef-ace4-edaa54e1f810", typed.GetProperty("guid").GetString());
        Assert.Equal("self", typed.GetProperty("self").GetString());
        Assert.False(typed.GetProperty("permalink").GetBoolean());
        Assert.Equal("text/vtt", typed.GetProperty("transcript").GetString());
    }

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));
}
