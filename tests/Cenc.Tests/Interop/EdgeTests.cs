using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Corners that have broken packagers before.</summary>
public sealed class EdgeTests
{
    [SkippableTheory]
    [InlineData("cenc", 38, true)]
    [InlineData("cenc", 60, false)]
    [InlineData("cbcs", 40, true)]
    [InlineData("cbcs", 60, false)]
    public void Many_slices_leave_out_saiz_where_8_bits_are_too_few(string scheme, int slices, bool hasSaiz)
    {
        using var scratch = new Scratch();
        Tools.Run(Tools.Ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x1088:rate=10:duration=0.5,noise=alls=30:allf=t",
            "-c:v", "libx264", "-preset", "ultrafast", "-x264-params", $"slices={slices}:threads=1", "-pix_fmt", "yuv420p", scratch["clear.mp4"]);
        var clear = Bmff.FragmenterTests.Fragment(scratch.Read("clear.mp4"), 1);
        var (keyId, key, iv) = ToolMatrixTests.Draw(scheme);
        var ours = ToolMatrixTests.Encrypt(clear, scheme, keyId, key, iv);
        Assert.Equal(hasSaiz, ours.AsSpan().IndexOf("saiz"u8) >= 0);
        using var content = new ContentKey(key);
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(ours, _ => content)));

        var expected = Tools.StreamHash(scratch.Write("fragmented.mp4", clear));
        Assert.Equal(expected, Tools.StreamHash(scratch.Write("ours.mp4", ours), Convert.ToHexStringLower(key)));
        Tools.Run(Tools.Packager, $"in={scratch["ours.mp4"]},stream=video,out={scratch["shaka.mp4"]}", "--enable_raw_key_decryption",
            "--keys", $"label=:key_id={keyId.ToHex()}:key={Convert.ToHexStringLower(key)}");
        Assert.Equal(Samples.Digest(clear), Samples.Digest(scratch.Read("shaka.mp4")));
    }

    [SkippableTheory]
    [InlineData("ffffffffffffffff")]
    [InlineData("fffffffffffffff0")]
    [InlineData("1122334455667788ffffffffffffffff")]
    [InlineData("ffffffffffffffffffffffffffffff00")]
    public void Counters_that_wrap_are_decrypted_by_the_tools(string ivText)
    {
        var iv = Convert.FromHexString(ivText);
        var clear = ClearMedia.Get("h264");
        var (keyId, key, _) = ToolMatrixTests.Draw("cenc");
        using var scratch = new Scratch();
        var ours = ToolMatrixTests.Encrypt(clear, "cenc", keyId, key, iv);
        Assert.Equal(Samples.Digest(ToolMatrixTests.Package("h264", clear, "cenc", keyId, key, iv)), Samples.Digest(ours));
        Assert.Equal(Tools.StreamHash(scratch.Write("clear.mp4", clear)), Tools.StreamHash(scratch.Write("ours.mp4", ours), Convert.ToHexStringLower(key)));
    }

    [SkippableTheory]
    [InlineData(5, 5)]
    [InlineData(3, 7)]
    [InlineData(10, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 13)]
    public void Odd_patterns_are_decrypted_by_Shaka_Packager(byte crypt, byte skip)
    {
        var clear = ClearMedia.Get("hevc");
        var (keyId, key, iv) = ToolMatrixTests.Draw("cbcs");
        using var content = new ContentKey(key);
        using var scratch = new Scratch();
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options("cbcs") with
        {
            VideoPattern = new Cenc.Encryption.EncryptionPattern(crypt, skip), Keys = (_, _) => new Cenc.Encryption.TrackKey(keyId, content) { Iv = iv },
        });
        Tools.Run(Tools.Packager, $"in={scratch.Write("ours.mp4", ours)},stream=video,out={scratch["shaka.mp4"]}", "--enable_raw_key_decryption",
            "--keys", $"label=:key_id={keyId.ToHex()}:key={Convert.ToHexStringLower(key)}");
        Assert.Equal(Samples.Digest(clear), Samples.Digest(scratch.Read("shaka.mp4")));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(ours, _ => content)));
    }

    [SkippableTheory]
    [InlineData("cenc")]
    [InlineData("cbcs")]
    public void A_clear_lead_is_decrypted_by_the_tools(string scheme)
    {
        var clear = ClearMedia.Get("h264");
        var (keyId, key, iv) = ToolMatrixTests.Draw(scheme);
        using var content = new ContentKey(key);
        using var scratch = new Scratch();
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options(scheme) with
        {
            ClearLead = TimeSpan.FromSeconds(1), Keys = (_, _) => new Cenc.Encryption.TrackKey(keyId, content) { Iv = iv },
        });
        var shown = Samples.Read(clear)[1].Zip(Samples.Read(ours)[1], (a, b) => a.SequenceEqual(b)).TakeWhile(same => same).Count();
        // Whole fragments: at least the second that was asked for.
        var first = 0;
        Samples.Walk(clear, (_, fragment) => first = first == 0 ? fragment.Samples.Count : first);
        Assert.Equal(first, shown);
        Assert.True(first >= 25);
        Tools.Run(Tools.Packager, $"in={scratch.Write("ours.mp4", ours)},stream=video,out={scratch["shaka.mp4"]}", "--enable_raw_key_decryption",
            "--keys", $"label=:key_id={keyId.ToHex()}:key={Convert.ToHexStringLower(key)}");
        Assert.Equal(Samples.Digest(clear), Samples.Digest(scratch.Read("shaka.mp4")));
        Assert.Equal(Tools.StreamHash(scratch.Write("clear.mp4", clear)), Tools.StreamHash(scratch["ours.mp4"], Convert.ToHexStringLower(key)));
    }

    [SkippableFact]
    public void Encoder_delay_and_padding_survive_fragmenting()
    {
        // ffmpeg 5.1 plays the priming frame of any fragmented file, so its packets are compared, not the decoded sound.
        var progressive = ClearMedia.Progressive("aac");
        using var scratch = new Scratch();
        var fragmented = Bmff.FragmenterTests.Fragment(progressive, 1);
        Assert.StartsWith("0, -1024", Times(scratch.Write("p.mp4", progressive)), StringComparison.Ordinal);
        Assert.Equal(Times(scratch["p.mp4"]), Times(scratch.Write("f.mp4", fragmented)));
        Assert.Equal(Edits(progressive), Edits(fragmented));
    }

    [SkippableFact]
    public void An_empty_edit_becomes_a_later_time()
    {
        using var scratch = new Scratch();
        Tools.Run(Tools.Ffmpeg, "-v", "error", "-itsoffset", "1", "-i", scratch.Write("in.mp4", ClearMedia.Progressive("h264")), "-c", "copy", scratch["late.mp4"]);
        var late = scratch.Read("late.mp4");
        Skip.If(Edits(late).Count < 2, "this ffmpeg writes no empty edit");
        var fragmented = Bmff.FragmenterTests.Fragment(late, 1);
        Assert.Single(Edits(fragmented));
        Assert.Equal(Times(scratch["late.mp4"]), Times(scratch.Write("f.mp4", fragmented)));
    }

    // Stream, times and digest of each packet; durations left aside, which ffmpeg guesses in fragments.
    private static string Times(string file) => string.Join('\n', Tools.Run(Tools.Ffmpeg, "-v", "error", "-copyts", "-i", file, "-c", "copy", "-avoid_negative_ts", "disabled", "-f", "framehash", "-hash", "md5", "-")
        .Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => line.Split(',').Select(part => part.Trim()).ToArray())
        .Select(parts => $"{parts[0]}, {parts[1]}, {parts[2]}, {parts[5]}"));

    private static List<Edit> Edits(byte[] file)
    {
        var input = new MediaInput(new MemoryStream(file), BmffLimits.Default, default);
        return [.. FileLayout.Scan(input).Moov!.Tracks[0].Edits];
    }
}
