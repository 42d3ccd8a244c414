using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Several keys: a ladder of files with a key each, and a file with a key for each track.</summary>
public sealed class LadderTests
{
    [SkippableTheory]
    [InlineData("cenc")]
    [InlineData("cbcs")]
    public void A_multi_key_job_of_Shaka_Packager_is_decrypted_and_equalled(string scheme)
    {
        var packager = Tools.Packager;
        using var scratch = new Scratch();
        var rungs = new[] { ("h264", "video", "SD"), ("hevc", "video", "HD"), ("aac", "audio", "AUDIO") };
        var keys = rungs.ToDictionary(rung => rung.Item3, _ => ToolMatrixTests.Draw(scheme));
        var iv = keys["SD"].Iv;
        Tools.Run(packager, [
            .. rungs.Select(rung => $"in={scratch.Write(rung.Item1 + ".mp4", ClearMedia.Get(rung.Item1))},stream={rung.Item2},drm_label={rung.Item3},out={scratch[rung.Item1 + ".out.mp4"]}"),
            "--enable_raw_key_encryption", "--protection_scheme", scheme, "--clear_lead", "0", "--segment_duration", "1", "--iv", Convert.ToHexStringLower(iv),
            "--keys", string.Join(',', keys.Select(key => $"label={key.Key}:key_id={key.Value.KeyId.ToHex()}:key={Convert.ToHexStringLower(key.Value.Key)}"))]);
        var contents = keys.Values.ToDictionary(key => key.KeyId, key => new ContentKey(key.Key));
        foreach (var (codec, _, label) in rungs)
        {
            var theirs = scratch.Read(codec + ".out.mp4");
            Assert.Equal(Samples.Digest(ClearMedia.Get(codec)), Samples.Digest(MediaFiles.Decrypt(theirs, contents.GetValueOrDefault)));
            var ours = ToolMatrixTests.Encrypt(ClearMedia.Get(codec), scheme, keys[label].KeyId, keys[label].Key, iv);
            Assert.Equal(RotationTests.Fragments(theirs), RotationTests.Fragments(ours));
        }
    }

    [SkippableTheory]
    [InlineData("cenc")]
    [InlineData("cbcs")]
    [InlineData("cbc1")]
    public void A_progressive_file_of_two_tracks_gets_two_keys_and_Shaka_Packager_decrypts_both(string scheme)
    {
        var packager = Tools.Packager;
        var clear = ClearMedia.Muxed();
        var (video, audio) = (ToolMatrixTests.Draw(scheme), ToolMatrixTests.Draw(scheme));
        using var videoKey = new ContentKey(video.Key);
        using var audioKey = new ContentKey(audio.Key);
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options(scheme) with
        {
            FragmentDuration = TimeSpan.FromSeconds(1),
            Keys = EncryptionOptions.KeysByLabel([("AUDIO", new TrackKey(audio.KeyId, audioKey)), ("SD", new TrackKey(video.KeyId, videoKey))]),
        });
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(ours, id => id == video.KeyId ? videoKey : id == audio.KeyId ? audioKey : null)));

        using var scratch = new Scratch();
        var file = scratch.Write("ours.mp4", ours);
        Tools.Run(packager, $"in={file},stream=video,out={scratch["v.mp4"]}", $"in={file},stream=audio,out={scratch["a.mp4"]}", "--enable_raw_key_decryption",
            "--keys", string.Join(',', new[] { video, audio }.Select((key, i) => $"label={i}:key_id={key.KeyId.ToHex()}:key={Convert.ToHexStringLower(key.Key)}")));
        var expected = Samples.Read(clear);
        AssertSame(expected[1], Samples.Read(scratch.Read("v.mp4")).Values.Single());
        AssertSame(expected[2], Samples.Read(scratch.Read("a.mp4")).Values.Single());
    }

    [SkippableFact]
    public void A_file_of_two_tracks_with_one_key_is_decrypted_by_ffmpeg()
    {
        var clear = ClearMedia.Muxed();
        var (keyId, key, _) = ToolMatrixTests.Draw("cenc");
        using var content = new ContentKey(key);
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options("cenc") with { Keys = (_, _) => new TrackKey(keyId, content), FragmentDuration = TimeSpan.FromSeconds(1) });
        using var scratch = new Scratch();
        Assert.Equal(
            Tools.StreamHash(scratch.Write("clear.mp4", clear)),
            Tools.StreamHash(scratch.Write("ours.mp4", ours), Convert.ToHexStringLower(key)));
    }

    private static void AssertSame(List<byte[]> expected, List<byte[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++) Assert.Equal(expected[i], actual[i]);
    }
}
