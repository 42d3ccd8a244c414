using DrmHub.Cenc;
using DrmHub.Cenc.Encryption;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;
using DrmHub.Testing;

namespace DrmHub.Music.Tests.Packaging;

/// <summary>From files of sound to renditions: what is made, that it is encrypted with keys of its own, and that not a sample is lost.</summary>
public sealed class PackagingTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Frames = 31 * 48_000;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wave_file_becomes_a_preview_and_three_tiers_with_a_key_each(bool onPostgres)
    {
        Skip.IfNot(Sound.HasFFmpeg, "Needs ffmpeg: tests/run installs it.");
        Skip.If(onPostgres && postgres.Reason is not null, postgres.Reason);
        await using var door = await PackagingDoor.OpenAsync(postgreSql: onPostgres ? await postgres.CreateDatabaseAsync() : null);
        var wave = Sound.Wave(31);
        var result = await door.PackageAsync(door.Write("a.wav", wave));
        Assert.Equal("Preview Low High Lossless", string.Join(' ', result.Made.Select(each => each.Quality)));
        Assert.Empty(result.Remarks);
        Assert.Equal(["mp4a.40.2", "mp4a.40.2", "mp4a.40.2", "flac"], result.Made.Select(each => each.Codec));
        Assert.Empty(result.Made[0].KeyIds);
        Assert.InRange(result.Made[0].DurationMs!.Value, 29_990, 30_030);
        Assert.Equal(3, result.Made.SelectMany(each => each.KeyIds).Distinct().Count());
        var keys = await door.Music.Vault.Keys.FindInfoByContentAsync("rec-1");
        Assert.Equal(["high", "lossless", "low"], keys.Select(key => key.Quality).Order());
        Assert.All(result.Made.Skip(1), each => Assert.Equal((Frames, "cbcs"), (each.Samples, each.Scheme)));
        Assert.All(result.Made.Where(each => each.Quality is RenditionQuality.Low or RenditionQuality.High), each => Assert.Equal(1024, each.PrimingSamples));

        // A tone of peak 9000/32768 on each channel: -11.2 dBFS at the top, and by ITU-R BS.1770 -0.691 + 10 log(2 × half its square), about -11.9 LUFS.
        Assert.All(result.Made, each => Assert.InRange(each.Loudness!.Value, -12.2, -11.6));
        Assert.All(result.Made, each => Assert.InRange(each.TruePeak!.Value, -11.5, -10.9));
        Assert.Equal(result.Made.Count * 2, door.Files().Length);
        Assert.Equal(result.Made.Select(each => each.Id).Order(), (await door.Music.Catalogue.ChildrenAsync<Rendition>("rec-1")).Select(each => each.Id).Order());

        // What comes out at the other end is the very sound that went in.
        var lossless = Sound.Decode(await DecryptAsync(door, result.Made[3]));
        Assert.True(wave.AsSpan(44).SequenceEqual(lossless));
        var high = Sound.Decode(await DecryptAsync(door, result.Made[2]));
        Assert.InRange(high.Length / 4, Frames - 2048, Frames + 2048);
    }

    [SkippableTheory]
    [InlineData("flac", "Preview Low High Lossless", "-c:a", "flac")]
    [InlineData("mp3", "Preview Low High", "-c:a", "libmp3lame", "-b:a", "192k")]
    [InlineData("mp3", "Preview Low", "-c:a", "libmp3lame", "-b:a", "96k")]
    [InlineData("opus", "Preview Low", "-c:a", "libopus", "-b:a", "96k")]
    [InlineData("m4a", "Preview Low High", "-c:a", "aac", "-b:a", "256k", "-f", "ipod")]
    [InlineData("m4a", "Preview Low High Lossless", "-c:a", "alac")]
    public async Task Each_kind_of_input_gives_what_it_is_good_enough_for(string extension, string expected, params string[] options)
    {
        Skip.IfNot(Sound.HasFFmpeg, "Needs ffmpeg: tests/run installs it.");
        await using var door = await PackagingDoor.OpenAsync();

        // Noise keeps a variable bit rate where it was asked to be.
        var input = door.NameOf("a." + extension);
        Sound.FFmpeg(["-f", "lavfi", "-i", "anoisesrc=d=8:r=48000:a=0.3", "-ac", "2", .. options, input]);
        var result = await door.PackageAsync(input);
        Assert.Equal(expected, string.Join(' ', result.Made.Select(each => each.Quality)));
        foreach (var rendition in result.Made.Where(each => each.KeyIds.Count > 0))
        {
            var frames = Sound.Decode(await DecryptAsync(door, rendition)).Length / 4;
            Assert.InRange(frames, rendition.Samples!.Value - 2400, rendition.Samples.Value + 2400);
        }
    }

    [Fact]
    public async Task What_is_right_already_is_taken_without_ffmpeg()
    {
        await using var door = await PackagingDoor.OpenAsync(useFFmpeg: false);
        foreach (var (name, quality) in new[] { ("song-1-low.mp4", RenditionQuality.Low), ("song-1-high.mp4", RenditionQuality.High), ("song-1-lossless.mp4", RenditionQuality.Lossless) })
        {
            var result = await door.PackageAsync(Sound.Sample(name), request => request with { As = quality });
            var made = Assert.Single(result.Made);
            Assert.Equal((quality, 480_000L), (made.Quality, made.Samples));
            Assert.Contains("there is no ffmpeg", Assert.Single(result.Remarks), StringComparison.Ordinal);

            // The samples are those of the input, byte for byte.
            using var input = File.OpenRead(Sound.Sample(name));
            using var output = File.OpenRead(await DecryptAsync(door, made));
            var (before, after) = (MediaProbe.Read(input).Tracks[0], MediaProbe.Read(output).Tracks[0]);
            Assert.Equal((before.Samples, before.Bytes, before.Seconds), (after.Samples, after.Bytes, after.Seconds));
        }
    }

    [Fact]
    public async Task Without_ffmpeg_what_must_be_encoded_is_refused_or_left_out_with_a_remark()
    {
        await using var door = await PackagingDoor.OpenAsync(useFFmpeg: false);
        var refused = await Assert.ThrowsAsync<PackagingException>(() => door.PackageAsync(door.Write("a.wav", Sound.Wave(1))));
        Assert.Equal("audio.needs_ffmpeg", refused.Code);
        Assert.Empty(door.Files());
        var result = await door.PackageAsync(Sound.Sample("song-1-lossless.mp4"));
        Assert.Equal(RenditionQuality.Lossless, Assert.Single(result.Made).Quality);
        Assert.Contains(result.Remarks, remark => remark.Contains("there is no preview and no low and no high", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Work_that_is_done_is_not_done_again_and_what_was_stopped_goes_on()
    {
        await using var door = await PackagingDoor.OpenAsync(useFFmpeg: false);
        PackagingRequest Low(PackagingRequest request) => request with { As = RenditionQuality.Low };
        var first = Assert.Single((await door.PackageAsync(Sound.Sample("song-1-low.mp4"), Low)).Made);
        var written = File.GetLastWriteTimeUtc(door.FileOf(first));
        Assert.Empty((await door.PackageAsync(Sound.Sample("song-1-low.mp4"), Low)).Made);

        // Stopped before the catalogue heard of it: only that is made up for.
        await door.Music.Catalogue.RemoveAsync<Rendition>(first.Id, null, MusicActor.CommandLine);
        Assert.Empty((await door.PackageAsync(Sound.Sample("song-1-low.mp4"), Low)).Made);
        Assert.NotNull(await door.Music.Catalogue.FindAsync<Rendition>(first.Id));
        Assert.Equal(written, File.GetLastWriteTimeUtc(door.FileOf(first)));

        // Stopped in the file itself: it is made again, under the same key.
        File.Delete(door.FileOf(first));
        var again = Assert.Single((await door.PackageAsync(Sound.Sample("song-1-low.mp4"), Low)).Made);
        Assert.Equal(first.KeyIds, again.KeyIds);

        // Another sound for the same recording is another file: who plays the old one is not disturbed.
        var other = Assert.Single((await door.PackageAsync(Sound.Sample("song-2-low.mp4"), Low)).Made);
        Assert.Equal(first.Id, other.Id);
        Assert.NotEqual(first.File, other.File);
        Assert.True(File.Exists(door.FileOf(first)));
    }

    [Fact]
    public async Task Languages_and_schemes_have_keys_of_their_own()
    {
        await using var door = await PackagingDoor.OpenAsync(useFFmpeg: false);
        var made = new List<Rendition>();
        foreach (var (language, scheme) in new[] { ("hi", ProtectionScheme.Cbcs), ("ta", ProtectionScheme.Cbcs), ("ta", ProtectionScheme.Cenc) })
            made.Add(Assert.Single((await door.PackageAsync(Sound.Sample("song-1-low.mp4"), request => request with { As = RenditionQuality.Low, Language = language, Scheme = scheme })).Made));
        Assert.Equal(3, made.SelectMany(each => each.KeyIds).Distinct().Count());
        Assert.Equal(["rec-1.low.hi", "rec-1.low.ta", "rec-1.low.ta"], made.Select(each => each.Id));
        Assert.Contains(await door.Music.Vault.Keys.FindInfoByContentAsync("rec-1"), key => key.Track == "AUDIO_ta_low" && key.Scheme == ProtectionScheme.Cenc);
    }

    [Fact]
    public void Gapless_remarks_of_itunes_are_read()
    {
        var tag = "xxxxiTunSMPB\0\0\0\0data\0\0\0\0 00000000 00000840 000001C0 0000000000075300 00000000 00000000"u8;
        Assert.Equal((0x840L, 0x75300L), ITunesGapless.Parse(tag));
        Assert.Null(ITunesGapless.Parse("iTunSMPB 00000000 FFFFFFFFFFFFFFFFFF 0 0"u8));
    }

    [Theory]
    [InlineData("[Parsed_ebur128_0] Summary:\n\n Integrated loudness:\n I: -21.8 LUFS\n Threshold: -31.8 LUFS\n\n True peak:\n Peak: -3.5 dBFS", -21.8, -3.5)]
    [InlineData("title : Summary:\n I: -1.0 LUFS\n Peak: 0.0 dBFS\n[Parsed_ebur128_0] Summary:\n I: -21.8 LUFS\n Peak: -3.5 dBFS", -21.8, -3.5)]
    [InlineData("Summary:\n I: -70.0 LUFS\n Peak: -inf dBFS", null, null)]
    [InlineData("", null, null)]
    public void Loudness_is_what_the_last_summary_says(string remarks, double? integrated, double? peak) => Assert.Equal(new Loudness(integrated, peak), Loudness.Parse(remarks));

    private static async Task<string> DecryptAsync(PackagingDoor door, Rendition rendition)
    {
        var keys = await door.Music.Vault.Keys.FindAsync([KeyId.Parse(rendition.KeyIds[0])]);
        try
        {
            var path = door.NameOf(Path.GetRandomFileName() + ".mp4");
            using var input = File.OpenRead(door.FileOf(rendition));
            using var output = File.Create(path);
            using var decryptor = new FileDecryptor(new DecryptionOptions { Keys = keyId => keyId == keys[0].KeyId ? keys[0].Key : null });
            decryptor.Decrypt(input, output);
            return path;
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }
}
