using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Encryption.Codecs;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>Joining, splitting and aligning (ISO/IEC 23001-7, 9.5), and what a mapper is made from.</summary>
public sealed class SubsampleRuleTests
{
    [Theory]
    [InlineData(65535, "65535+100")]
    [InlineData(65536, "65535+0 1+100")]
    [InlineData(70000, "65535+0 4465+100")]
    [InlineData(200000, "65535+0 65535+0 65535+0 3395+100")]
    [InlineData(0, "0+100")]
    public void Long_clear_runs_are_split(int clear, string expected) => Assert.Equal(expected, Build(align: false, (clear, 100)));

    [Theory]
    [InlineData(true, 1441, "767+1440")]
    [InlineData(true, 15, "781+0")]
    [InlineData(true, 16, "766+16")]
    [InlineData(false, 1441, "766+1441")]
    [InlineData(false, 15, "766+15")]
    [InlineData(false, 0, "766+0")]
    public void Odd_bytes_join_the_clear_run_before(bool align, int count, string expected) => Assert.Equal(expected, Build(align, (766, count)));

    [Fact]
    public void Clear_pieces_join_up_to_the_next_protected_one() =>
        Assert.Equal("30+32 22+48 7+0", Build(align: true, (10, 5), (15, 32), (4, 2), (10, 54), (7, 0)));

    [Fact]
    public void Alignment_can_push_a_clear_run_over_the_limit() => Assert.Equal("65535+0 5+16", Build(align: true, (65530, 26)));

    [Fact]
    public void More_entries_than_the_count_holds_are_refused()
    {
        var output = new List<Subsample>();
        var builder = new SubsampleBuilder(output, align: false);
        for (var i = 0; i < 65535; i++) builder.AddProtected(1);
        Assert.Equal(65535, output.Count);
        CencFormatException? error = null;
        try
        {
            builder.AddProtected(1);
        }
        catch (CencFormatException caught)
        {
            error = caught;
        }

        Assert.NotNull(error);
    }

    [Theory]
    [InlineData("mp4a")]
    [InlineData("Opus")]
    [InlineData("fLaC")]
    [InlineData("ac-3")]
    [InlineData("ec-3")]
    [InlineData("ac-4")]
    [InlineData("vp08")]
    public void Audio_is_protected_whole(string entry)
    {
        var mapper = SubsampleMapper.Create(entry, [], ProtectionScheme.Cbcs);
        var output = new List<Subsample>();
        mapper.Map(new byte[100], output);
        mapper.Map([], output);
        Assert.False(mapper.UsesSubsamples);
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("wvtt")]
    [InlineData("encv")]
    [InlineData("")]
    public void An_unknown_type_is_refused(string entry) => Assert.Throws<CencFormatException>(() => SubsampleMapper.Create(entry, [], ProtectionScheme.Cbcs));

    [Theory]
    [InlineData("avc1", "")]
    [InlineData("avc1", "0164001effe100")]
    [InlineData("avc1", "0264001effe000")]
    [InlineData("avc1", "0164001efee000")]
    [InlineData("hvc1", "01")]
    [InlineData("hvc1", "01000000000000000000000000000000000000000002000000")]
    [InlineData("av01", "0100")]
    [InlineData("av01", "810000000a0a")]
    public void A_broken_configuration_is_refused(string entry, string configuration) =>
        Assert.Throws<CencFormatException>(() => SubsampleMapper.Create(entry, Convert.FromHexString(configuration), ProtectionScheme.Cbcs));

    private static string Build(bool align, params ReadOnlySpan<(int Clear, int Protected)> pieces)
    {
        var output = new List<Subsample>();
        var builder = new SubsampleBuilder(output, align);
        foreach (var (clear, count) in pieces)
        {
            builder.AddClear(clear);
            builder.AddProtected(count);
        }

        builder.Finish();
        return string.Join(' ', output.Select(subsample => $"{subsample.ClearBytes}+{subsample.ProtectedBytes}"));
    }
}
