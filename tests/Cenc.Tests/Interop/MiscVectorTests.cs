using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Shaka Packager's files with other patterns, IVs and a clear lead.</summary>
public sealed class MiscVectorTests
{
    [SkippableTheory]
    [InlineData("h264_240.cbcs.p1_0", "h264_240")]
    [InlineData("h264_240.cbcs.p3_7", "h264_240")]
    [InlineData("h264_240.cbcs.p5_5", "h264_240")]
    [InlineData("h264_240.cbcs.p10_0", "h264_240")]
    [InlineData("h264_240.cbcs.clearlead4", "h264_240")]
    [InlineData("h264_240.cenc.iv16", "h264_240")]
    [InlineData("h264_240.cenc.iv16wrap", "h264_240")]
    [InlineData("vp9_240.cenc.fullsample", "vp9_240")]
    public void Decrypts_to_the_samples_of_the_clear_file(string name, string clear)
    {
        Assert.Equal(Samples.Digest(MediaFiles.Read($"clear/{clear}.mp4")), Samples.Digest(MediaFiles.Decrypt(MediaFiles.Read($"misc/{name}.mp4"))));
    }

    [SkippableTheory]
    [InlineData("h264_240.cbcs.p1_0", 1, 0)]
    [InlineData("h264_240.cbcs.p3_7", 3, 7)]
    [InlineData("h264_240.cbcs.p5_5", 5, 5)]
    [InlineData("h264_240.cbcs.p10_0", 10, 0)]
    public void Patterns_equal_those_of_Shaka_Packager(string name, byte crypt, byte skip) =>
        AssertSame(name, "h264_240", MediaFiles.Options("cbcs") with { VideoPattern = new EncryptionPattern(crypt, skip) });

    [SkippableFact]
    public void A_clear_lead_equals_that_of_Shaka_Packager() =>
        AssertSame("h264_240.cbcs.clearlead4", "h264_240", MediaFiles.Options("cbcs") with { ClearLead = TimeSpan.FromSeconds(4) });

    [SkippableTheory]
    [InlineData("h264_240.cenc.iv16", "11223344556677889900aabbccddeeff")]
    [InlineData("h264_240.cenc.iv16wrap", "1122334455667788ffffffffffffffff")]
    public void Sixteen_byte_IVs_equal_those_of_Shaka_Packager(string name, string iv) =>
        AssertSame(name, "h264_240", MediaFiles.Options("cenc", Convert.FromHexString(iv)));

    [SkippableFact]
    public void Full_sample_VP9_equals_that_of_Shaka_Packager() =>
        AssertSame("vp9_240.cenc.fullsample", "vp9_240", MediaFiles.Options("cenc") with { Subsamples = new SubsampleOptions { Vp9Subsamples = false } });

    private static void AssertSame(string name, string clear, EncryptionOptions options)
    {
        var theirs = MediaFiles.Read($"misc/{name}.mp4");
        var ours = MediaFiles.Encrypt(MediaFiles.Read($"clear/{clear}.mp4"), options with { PsshBoxes = [ShakaVectorTests.CommonPssh(theirs)] });
        Assert.Equal(Convert.ToHexString(ShakaVectorTests.Timeless(theirs)), Convert.ToHexString(ShakaVectorTests.Timeless(ours)));
    }
}
