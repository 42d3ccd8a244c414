using System.Text;
using DrmHub.Cenc;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;

namespace DrmHub.Music.Tests.Packaging;

/// <summary>What must not come in: broken, huge and lying files, tricks in names, tags and pictures. Nothing is half-imported.</summary>
public sealed class HostileSoundTests
{
    public static TheoryData<string, string> Broken => new()
    {
        { "empty", "audio.unsupported" },
        { "text", "audio.unsupported" },
        { "playlist", "audio.unsupported" },
        { "cut wave", "audio.broken" },
        { "wave without a rate", "audio.broken" },
        { "cut mp4", "audio.broken" },
        { "mp4 of one box", "audio.broken" },
        { "vorbis", "audio.unsupported" },
        { "flac header alone", "audio.broken" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Broken_files_leave_nothing_behind(string kind, string code)
    {
        await using var door = await PackagingDoor.OpenAsync(useFFmpeg: Sound.HasFFmpeg);
        var wave = Sound.Wave(2);
        var mp4 = await File.ReadAllBytesAsync(Sound.Sample("song-1-low.mp4"));
        var ogg = new byte[4096];
        "OggS"u8.CopyTo(ogg);
        "\u0001vorbis"u8.CopyTo(ogg.AsSpan(28));
        var flac = new byte[200];
        "fLaC\0\0\0\u0022"u8.CopyTo(flac);
        var rateless = wave.ToArray();
        rateless.AsSpan(24, 8).Clear();
        byte[] bytes = kind switch
        {
            "empty" => [],
            "text" => Encoding.ASCII.GetBytes(new string('a', 500)),
            "playlist" => Encoding.ASCII.GetBytes("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n" + new string('#', 200)),
            "cut wave" => wave[..^1000],
            "wave without a rate" => rateless,
            "cut mp4" => mp4[..(mp4.Length / 2)],
            "mp4 of one box" => [0, 0, 0, 80, .. "ftypM4A "u8, .. new byte[72]],
            "vorbis" => ogg,
            _ => flac,
        };
        var path = door.Write("evil.wav", bytes);
        var refused = await Assert.ThrowsAsync<PackagingException>(() => door.Ingest.RunAsync(path, null, Request, MusicActor.CommandLine, null, CancellationToken.None));
        Assert.Equal(code, refused.Code);
        await AssertNothingAsync(door, "evil");
    }

    [SkippableFact]
    public async Task Damage_in_the_middle_of_the_sound_is_found_before_anything_is_stored()
    {
        Skip.IfNot(Sound.HasFFmpeg, "Needs ffmpeg: tests/run installs it.");
        await using var door = await PackagingDoor.OpenAsync();
        var flac = door.NameOf("damaged.flac");
        Sound.FFmpeg("-f", "lavfi", "-i", "anoisesrc=d=6:r=48000:a=0.3", "-c:a", "flac", flac);
        var bytes = await File.ReadAllBytesAsync(flac);
        new Random(7).NextBytes(new ArraySegment<byte>(bytes, bytes.Length / 2, 4000));
        await File.WriteAllBytesAsync(flac, bytes);
        var refused = await Assert.ThrowsAsync<PackagingException>(() => door.Ingest.RunAsync(flac, null, Request, MusicActor.CommandLine, null, CancellationToken.None));
        Assert.Equal("audio.broken", refused.Code);
        Assert.DoesNotContain(door.NameOf(""), refused.Message, StringComparison.Ordinal);
        await AssertNothingAsync(door, "damaged");
    }

    [Fact]
    public async Task A_file_of_ten_gigabytes_is_refused_by_its_length_alone()
    {
        await using var door = await PackagingDoor.OpenAsync();
        var path = door.Write("huge.wav", Sound.Wave(0.1));
        using (var stream = File.OpenWrite(path)) stream.SetLength(10L << 30);
        var before = GC.GetTotalAllocatedBytes();
        var refused = await Assert.ThrowsAsync<PackagingException>(() => door.PackageAsync(path));
        Assert.Equal("audio.too_large", refused.Code);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 10 << 20);
        await AssertNothingAsync(door, "huge");
    }

    [Fact]
    public async Task A_recording_of_days_is_refused()
    {
        await using var door = await PackagingDoor.OpenAsync(limits: new PackagingLimits { MaxDuration = TimeSpan.FromSeconds(5) });
        Assert.Equal("audio.too_large", (await Assert.ThrowsAsync<PackagingException>(() => door.PackageAsync(Sound.Sample("song-1-low.mp4")))).Code);
        Assert.Empty(door.Files());
    }

    [Theory]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("..\\..\\x", "x")]
    [InlineData("a\u0000b\u001b[31m", "a-b-31m")]
    [InlineData("காதல்", null)]
    [InlineData("CON", "CON")]
    [InlineData("-rf", "rf")]
    public void A_name_becomes_an_id_that_is_only_an_id(string stem, string? expected)
    {
        var id = MusicIngest.IdFrom(stem);
        Assert.True(ItemCheck.IsId(id), id);
        if (expected is not null) Assert.Equal(expected, id);
        Assert.DoesNotContain(MusicIngest.TitleFrom(stem), char.IsControl);
    }

    [Theory]
    [InlineData("../secret.mp4")]
    [InlineData("a/../../secret.mp4")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\..\\b")]
    [InlineData("C:x")]
    [InlineData("a//b")]
    [InlineData("")]
    public async Task No_name_leads_out_of_the_media_folder(string name)
    {
        await using var door = await PackagingDoor.OpenAsync();
        door.Write("secret.mp4", [1]);
        var media = new MediaFolder(door.MediaPath);
        Assert.Null(media.Find(name));
        Assert.ThrowsAny<ArgumentException>(() => media.Prepare(name));
    }

    [Fact]
    public async Task No_link_leads_out_of_the_media_folder()
    {
        await using var door = await PackagingDoor.OpenAsync();
        var secret = door.Write("secret.mp4", [1]);
        var media = new MediaFolder(door.MediaPath);
        media.Prepare("rec-1/x.mp4");
        File.CreateSymbolicLink(Path.Combine(door.MediaPath, "rec-1", "link.mp4"), secret);
        Directory.CreateSymbolicLink(Path.Combine(door.MediaPath, "folder"), door.NameOf(""));
        Assert.Null(media.Find("rec-1/link.mp4"));
        Assert.Null(media.Find("folder/secret.mp4"));
    }

    [SkippableFact]
    public async Task Tags_and_pictures_of_the_input_reach_no_listener()
    {
        Skip.IfNot(Sound.HasFFmpeg, "Needs ffmpeg: tests/run installs it.");
        await using var door = await PackagingDoor.OpenAsync();
        var input = door.NameOf("tagged.m4a");
        var evil = "EVIL<script>" + new string('x', 5000);
        Sound.FFmpeg("-i", Sound.Sample("song-1-low.mp4"), "-f", "lavfi", "-i", "color=red:size=64x64:d=1", "-map", "0:a", "-map", "1:v", "-frames:v", "1", "-c:a", "copy", "-c:v", "mjpeg", "-disposition:v:0", "attached_pic", "-metadata", "title=" + evil, "-f", "ipod", input);
        Assert.True(Holds(input, "EVIL<script>"));
        var result = await door.PackageAsync(input);
        Assert.NotEmpty(result.Made);
        Assert.All(result.Made, rendition => Assert.False(Holds(door.FileOf(rendition), "EVIL")));
        var alone = await door.PackageAsync(input, request => request with { As = RenditionQuality.High });
        Assert.False(Holds(door.FileOf(alone.Made[0]), "EVIL"));
    }

    /// <summary>Mutated headers are read or refused; nothing else comes out. DRMHUB_FUZZ_SECONDS sets how long (default 3).</summary>
    [Fact]
    public void Mutated_headers_are_read_or_refused()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "3", System.Globalization.CultureInfo.InvariantCulture);
        byte[][] corpus = [File.ReadAllBytes(Sound.Sample("song-1-low.mp4"))[..6000], File.ReadAllBytes(Sound.Sample("song-1-lossless.mp4")), Sound.Wave(0.05), [.. "fLaC\0\0\0\u0022"u8, .. new byte[80]]];
        var random = new Random(20261125);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var (read, refused) = (0, 0);
        while (clock.Elapsed.TotalSeconds < seconds || read + refused < 200)
        {
            var bytes = corpus[random.Next(corpus.Length)].ToArray();
            for (var i = random.Next(1, 8); i > 0; i--) bytes[random.Next(Math.Min(bytes.Length, 2000))] = (byte)random.Next(256);
            if (random.Next(4) == 0) bytes = bytes[..random.Next(16, bytes.Length)];
            try
            {
                var container = AudioSource.Detect(bytes);
                if (container == AudioContainer.Mp4) Mp4Audio.Read(new MemoryStream(bytes));
                else if (container is { } other) SourceHeader.Parse(bytes.AsSpan(0, Math.Min(bytes.Length, 65_536)), other, bytes.Length);
                SegmentIndex.Read(new MemoryStream(bytes));
                read++;
            }
            catch (Exception exception) when (exception is PackagingException or CencFormatException or EndOfStreamException)
            {
                refused++;
            }

            ITunesGapless.Parse(bytes);
        }

        Assert.True(refused > 0);
    }

    private static bool Holds(string path, string text) => File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;

    private static PackagingRequest Request(string path, string ownerId, string contentId) => new() { Path = path, OwnerId = ownerId, ContentId = contentId };

    private static async Task AssertNothingAsync(PackagingDoor door, string id)
    {
        Assert.Empty(door.Files());
        Assert.Null(await door.Music.Catalogue.FindAsync<Recording>(id));
        Assert.Empty(await door.Music.Catalogue.ChildrenAsync<Rendition>("rec-1"));
        Assert.Empty(await door.Music.Vault.Keys.FindInfoByContentAsync(id));
    }
}
