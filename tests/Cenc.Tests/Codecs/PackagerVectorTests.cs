using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>Files that Shaka Packager 3.4.2 encrypted: we find the same ranges, IVs and bytes in every sample, and decrypt to the clear ones.</summary>
public sealed class PackagerVectorTests
{
    private static readonly byte[] s_key = Convert.FromHexString("69eaa802a6763af979e8d1940fb88392");

    public static TheoryData<string, string> Files()
    {
        var rows = new TheoryData<string, string>();
        foreach (var codec in new[] { "h264_240", "hevc_240", "av1_240", "vp9_240", "aac", "opus", "flac", "ac3", "eac3" })
        {
            foreach (var scheme in new[] { "cenc", "cens", "cbc1", "cbcs" }) rows.Add($"clear/{codec}.mp4", $"single/{codec}.{scheme}.mp4");
        }

        foreach (var name in new[] { "cbcs.p10_0", "cbcs.p1_0", "cbcs.p3_7", "cbcs.p5_5", "cenc.iv16", "cenc.iv16wrap" })
            rows.Add("clear/h264_240.mp4", $"misc/h264_240.{name}.mp4");
        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Encryption_is_identical_sample_by_sample(string clearName, string encryptedName)
    {
        var clear = FragmentedFile.Read(SharedFiles.Media(clearName));
        var encrypted = FragmentedFile.Read(SharedFiles.Media(encryptedName));
        SamplesMatch(clear, encrypted, s_key, SubsampleOptions.Default);
    }

    [SkippableFact]
    public void Vp9_can_be_encrypted_whole()
    {
        var clear = FragmentedFile.Read(SharedFiles.Media("clear/vp9_240.mp4"));
        var encrypted = FragmentedFile.Read(SharedFiles.Media("misc/vp9_240.cenc.fullsample.mp4"));
        SamplesMatch(clear, encrypted, s_key, new SubsampleOptions { Vp9Subsamples = false });
    }

    internal static void SamplesMatch(FragmentedFile clear, FragmentedFile encrypted, byte[] keyBytes, SubsampleOptions options)
    {
        Assert.True(ProtectionSchemes.TryParse(encrypted.Scheme, out var scheme));
        Assert.Equal(clear.Samples.Count, encrypted.Samples.Count);
        Assert.NotEmpty(clear.Samples);
        Assert.Equal(clear.Configuration, encrypted.Configuration);
        using var key = new ContentKey(keyBytes);
        using var encryptor = new SampleCryptor(key, scheme, encrypted.Pattern, CryptDirection.Encrypt);
        using var decryptor = new SampleCryptor(key, scheme, encrypted.Pattern, CryptDirection.Decrypt);
        var mapper = SubsampleMapper.Create(encrypted.Entry, clear.Configuration, scheme, options);
        var ivs = new IvSequence(encrypted.Samples[0].Iv, scheme);
        var iv = new byte[ivs.Size];
        var subsamples = new List<Subsample>();
        for (var i = 0; i < clear.Samples.Count; i++)
        {
            var expected = encrypted.Samples[i];
            subsamples.Clear();
            mapper.Map(clear.Samples[i].Bytes, subsamples);
            Assert.True(expected.Subsamples.SequenceEqual(subsamples), $"sample {i} of {clear.Samples[i].Bytes.Length} bytes: {string.Join(' ', expected.Subsamples)} expected, {string.Join(' ', subsamples)} found");
            ivs.CopyCurrentTo(iv);
            Assert.Equal(expected.Iv, iv);
            ivs.Advance(mapper.UsesSubsamples ? subsamples.Sum(subsample => subsample.ProtectedBytes) : clear.Samples[i].Bytes.Length);

            var bytes = (byte[])clear.Samples[i].Bytes.Clone();
            encryptor.Process(bytes, iv, subsamples.ToArray());
            Assert.True(expected.Bytes.AsSpan().SequenceEqual(bytes), $"sample {i} differs when encrypted");
            decryptor.Process(bytes, iv, subsamples.ToArray());
            Assert.True(clear.Samples[i].Bytes.AsSpan().SequenceEqual(bytes), $"sample {i} differs when decrypted");
        }
    }
}
