namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Progressive files that ffmpeg encrypted: its auxiliary boxes stand in <c>stbl</c>, with absolute offsets.</summary>
public sealed class ProgressiveTests
{
    [SkippableTheory]
    [InlineData("h264", false)]
    [InlineData("h264", true)]
    [InlineData("hevc", false)]
    [InlineData("aac", false)]
    [InlineData("aac", true)]
    [InlineData("opus", false)]
    [InlineData("vp9", true)]
    public void Files_of_ffmpeg_decrypt_to_the_clear_samples(string codec, bool moovFirst)
    {
        var (clear, theirs, keyId, key) = FfmpegEncrypted(ClearMedia.Progressive(codec), moovFirst);
        using var content = new ContentKey(key);
        var ours = MediaFiles.Decrypt(theirs, id => id == keyId ? content : null);
        Assert.NotEqual(Samples.Digest(clear), Samples.Digest(theirs));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(ours));
        using var scratch = new Scratch();
        Assert.Equal(Tools.StreamHash(scratch.Write("clear.mp4", clear)), Tools.StreamHash(scratch.Write("ours.mp4", ours)));
    }

    // ffmpeg 5.1 marks these as protected but leaves the samples clear and senc empty.
    [SkippableTheory]
    [InlineData("av1")]
    [InlineData("ac3")]
    public void Files_that_lack_their_IVs_are_refused_with_a_clear_text(string codec)
    {
        var (_, theirs, keyId, key) = FfmpegEncrypted(ClearMedia.Progressive(codec), false);
        using var content = new ContentKey(key);
        if (theirs.AsSpan().IndexOf("senc"u8) is var at && theirs[at + 11] != 0) return;
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(theirs, id => id == keyId ? content : null));
        Assert.Contains("no IVs", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Two_tracks_interleaved_in_one_mdat_decrypt()
    {
        var (clear, theirs, keyId, key) = FfmpegEncrypted(ClearMedia.Muxed(), true);
        using var content = new ContentKey(key);
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(theirs, id => id == keyId ? content : null)));
    }

    [SkippableTheory]
    [InlineData("h264")]
    [InlineData("hevc")]
    [InlineData("aac")]
    [InlineData("opus")]
    [InlineData("flac")]
    [InlineData("eac3")]
    public void Fragmenting_keeps_what_ffmpeg_sees(string codec)
    {
        using var scratch = new Scratch();
        Assert.Equal(
            Tools.StreamHash(scratch.Write("progressive.mp4", ClearMedia.Progressive(codec))),
            Tools.StreamHash(scratch.Write("fragmented.mp4", ClearMedia.Get(codec))));
    }

    [SkippableTheory]
    [InlineData("aac")]
    [InlineData("pcm_s24le")]
    public void QuickTime_files_with_their_longer_sound_descriptions_are_fragmented(string sound)
    {
        using var scratch = new Scratch();
        Tools.Run(Tools.Ffmpeg, "-v", "error", "-i", scratch.Write("av.mp4", ClearMedia.Muxed()), "-map", "0", "-c:v", "copy", "-c:a", sound, "-f", "mov", scratch["in.mov"]);
        scratch.Write("out.mp4", Bmff.FragmenterTests.Fragment(scratch.Read("in.mov"), 1));
        Assert.Equal(Tools.StreamHash(scratch["in.mov"]), Tools.StreamHash(scratch["out.mp4"]));
        if (sound != "aac") return;
        var clear = scratch.Read("out.mp4");
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(MediaFiles.Encrypt(clear, MediaFiles.Options("cbcs")))));
    }

    private static (byte[] Clear, byte[] Protected, KeyId KeyId, byte[] Key) FfmpegEncrypted(byte[] clear, bool moovFirst)
    {
        var (keyId, key, _) = ToolMatrixTests.Draw("cenc");
        using var scratch = new Scratch();
        Tools.Run(Tools.Ffmpeg, ["-v", "error", "-i", scratch.Write("clear.mp4", clear), "-map", "0", "-c", "copy",
            "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", Convert.ToHexStringLower(key), "-encryption_kid", keyId.ToHex(),
            .. moovFirst ? ["-movflags", "+faststart"] : Array.Empty<string>(), scratch["enc.mp4"]]);
        return (clear, scratch.Read("enc.mp4"), keyId, key);
    }
}
