using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Xml.Linq;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Tests.Packaging;

/// <summary>Manifests and the files that they name, over HTTP.</summary>
public sealed class PlaybackApiTests
{
    private static readonly XNamespace Dash = "urn:mpeg:dash:schema:mpd:2011";

    [Fact]
    public async Task Manifests_name_every_quality_its_key_and_its_parts()
    {
        await using var door = await OpenAsync();
        using var http = door.Music.Stranger();
        var master = await http.GetStringAsync("/music/trk-1/manifest.m3u8");
        var lines = master.Split('\n');
        Assert.Equal(2, lines.Count(line => line.StartsWith("#EXT-X-STREAM-INF:", StringComparison.Ordinal)));

        // Four systems, two keys.
        Assert.Equal(8, lines.Count(line => line.StartsWith("#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,", StringComparison.Ordinal)));
        Assert.Contains("CODECS=\"fLaC\"", master, StringComparison.Ordinal);
        var playlist = await http.GetStringAsync("/music/trk-1/" + lines.First(line => line.StartsWith("media/", StringComparison.Ordinal)));
        Assert.Contains("#EXT-X-MAP:URI=\"low-", playlist, StringComparison.Ordinal);
        var durations = playlist.Split('\n').Where(line => line.StartsWith("#EXTINF:", StringComparison.Ordinal)).Sum(line => double.Parse(line[8..^1], CultureInfo.InvariantCulture));
        Assert.Equal(10, durations, 5);
        Assert.Equal(1, (await http.GetStringAsync("/music/rec-1/manifest.m3u8?max=low")).Split("#EXT-X-STREAM-INF:").Length - 1);

        var mpd = XDocument.Parse(await http.GetStringAsync("/music/rec-1/manifest.mpd"));
        Assert.Equal("PT10S", mpd.Root!.Attribute("mediaPresentationDuration")!.Value);
        Assert.Equal(2, mpd.Descendants(Dash + "AdaptationSet").Count());
        Assert.Equal(8, mpd.Descendants(Dash + "ContentProtection").Count());
        foreach (var representation in mpd.Descendants(Dash + "Representation"))
        {
            // The range of the header and the index lie behind one another, and the file has them there.
            var init = representation.Descendants(Dash + "Initialization").Single().Attribute("range")!.Value.Split('-');
            var index = representation.Element(Dash + "SegmentBase")!.Attribute("indexRange")!.Value.Split('-');
            using var request = new HttpRequestMessage(HttpMethod.Get, "/music/rec-1/" + representation.Element(Dash + "BaseURL")!.Value);
            request.Headers.Range = new RangeHeaderValue(long.Parse(index[0], CultureInfo.InvariantCulture), long.Parse(index[1], CultureInfo.InvariantCulture));
            using var answer = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
            var box = await answer.Content.ReadAsByteArrayAsync();
            Assert.Equal("sidx", System.Text.Encoding.ASCII.GetString(box, 4, 4));
            Assert.Equal("0", init[0]);
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        }
    }

    [Theory]
    [InlineData("/music/none/manifest.m3u8", 404)]
    [InlineData("/music/rec-1/manifest.mpd?max=best", 400)]
    [InlineData("/music/rec-1/manifest.m3u8?quality=high", 404)]
    [InlineData("/music/rec-1/media/none.m3u8", 404)]
    [InlineData("/music/rec-1/media/..%2f..%2fdrmhub.db", 404)]
    [InlineData("/music/rec-1/media/%2e%2e%2fsecret.mp4", 404)]
    [InlineData("/music/..%2f/media/x.mp4", 404)]
    [InlineData("/music/rec-1/media/", 404)]
    public async Task What_is_not_there_is_not_found(string path, int status)
    {
        await using var door = await OpenAsync();
        door.Write("secret.mp4", [1, 2, 3]);
        using var http = door.Music.Stranger();
        using var answer = await http.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    private static async Task<PackagingDoor> OpenAsync()
    {
        var door = await PackagingDoor.OpenAsync(useFFmpeg: false);
        await door.PackageAsync(Sound.Sample("song-1-low.mp4"), request => request with { As = RenditionQuality.Low });
        await door.PackageAsync(Sound.Sample("song-1-lossless.mp4"), request => request with { As = RenditionQuality.Lossless });
        await door.Music.Catalogue.PutAsync(new Release { Id = "rel-1", Titles = [new LocalText("Album")] }, null, MusicActor.CommandLine);
        await door.Music.Catalogue.PutAsync(new Track { Id = "trk-1", ReleaseId = "rel-1", RecordingId = "rec-1", Number = 1 }, null, MusicActor.CommandLine);
        return door;
    }
}
