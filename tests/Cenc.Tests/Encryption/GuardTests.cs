using System.Buffers.Binary;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Fuzz;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Encryption;

/// <summary>What is refused, and with which words. Uses the small files of the fuzz corpus.</summary>
public sealed class GuardTests
{
    private static byte[] File(string name) => Corpus.All().Single(file => file.Name == name + ".mp4").Bytes;

    [Theory]
    [InlineData("h264-cenc")]
    [InlineData("aac-cbcs")]
    [InlineData("aac-rotation-cenc")]
    [InlineData("progressive-h264")]
    public void A_protected_track_is_not_protected_again(string name)
    {
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Encrypt(File(name), MediaFiles.Options("cenc")));
        Assert.Contains("already protected", error.Message, StringComparison.Ordinal);
        Assert.True(error.Offset > 0);
    }

    [Theory]
    [InlineData("h264-cenc")]
    [InlineData("aac-rotation-cbcs")]
    [InlineData("progressive-h264")]
    public void A_missing_key_is_named(string name)
    {
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(File(name), _ => null));
        Assert.Contains(MediaFiles.KeyId.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tracks_must_not_share_a_key_stream()
    {
        var error = Assert.Throws<ArgumentException>(() => MediaFiles.Encrypt(File("clear-progressive-av"), MediaFiles.Options("cenc")));
        Assert.Contains("gives the content away", error.Message, StringComparison.Ordinal);
        // A constant IV is what cbcs wants.
        Assert.NotEmpty(MediaFiles.Encrypt(File("clear-progressive-av"), MediaFiles.Options("cbcs")));
    }

    [Fact]
    public void An_encryptor_protects_one_movie_and_a_decryptor_any_number()
    {
        using var encryptor = new FileEncryptor(MediaFiles.Options("cenc"));
        encryptor.Encrypt(new MemoryStream(File("clear-aac")), Stream.Null);
        Assert.Throws<InvalidOperationException>(() => encryptor.Encrypt(new MemoryStream(File("clear-aac")), Stream.Null));
        using var decryptor = new FileDecryptor(new DecryptionOptions { Keys = _ => MediaFiles.Key });
        foreach (var name in new[] { "aac-cenc", "h264-cbcs", "aac-rotation-cbcs" })
        {
            using var output = new MemoryStream();
            decryptor.Decrypt(new Pipe(new MemoryStream(File(name))), output);
            Assert.Equal(Samples.Digest(MediaFiles.Decrypt(File(name))), Samples.Digest(output.ToArray()));
        }
    }

    [Fact]
    public void A_file_without_a_key_for_any_track_is_refused() =>
        Assert.Throws<ArgumentException>(() => MediaFiles.Encrypt(File("clear-aac"), MediaFiles.Options("cenc") with { Keys = (_, _) => null }));

    [Fact]
    public void A_track_without_a_key_stays_clear()
    {
        var clear = File("clear-progressive-av");
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options("cenc") with { Keys = EncryptionOptions.KeysByLabel([("video", new TrackKey(MediaFiles.KeyId, MediaFiles.Key))]) });
        var report = MediaProbe.Read(new MemoryStream(ours));
        Assert.Equal([1, 0], report.Tracks.Select(track => track.Protections.Count));
        Assert.Equal(Samples.Read(clear)[2], Samples.Read(ours)[2]);
        Assert.NotEqual(Samples.Read(clear)[1], Samples.Read(ours)[1]);
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(ours)));
    }

    [Fact]
    public void Cens_audio_of_partial_blocks_is_refused_unless_allowed()
    {
        Assert.Throws<CencFormatException>(() => MediaFiles.Encrypt(File("clear-aac"), MediaFiles.Options("cens") with { AllowCensAudio = false }));
        Assert.NotEmpty(MediaFiles.Encrypt(File("clear-aac"), MediaFiles.Options("cens")));
    }

    [Theory]
    [InlineData("cbcs", 8)]
    [InlineData("cenc", 12)]
    [InlineData("cbc1", 0)]
    public void IVs_of_a_wrong_size_are_refused(string scheme, int size) =>
        Assert.Throws<ArgumentException>(() => MediaFiles.Encrypt(File("clear-aac"), MediaFiles.Options(scheme, new byte[size])));

    [Fact]
    public void Options_are_checked_before_a_byte_is_read()
    {
        var good = MediaFiles.Options("cbcs");
        EncryptionOptions[] bad =
        [
            good with { CryptoPeriod = TimeSpan.Zero }, good with { ClearLead = TimeSpan.FromSeconds(-1) }, good with { FragmentDuration = TimeSpan.Zero },
            good with { VideoPattern = new EncryptionPattern(0, 9) }, good with { VideoPattern = new EncryptionPattern(16, 0) },
            good with { PsshBoxes = [new byte[] { 0, 0, 0, 8, 1, 2, 3, 4 }] }, good with { PsshBoxes = [new byte[5]] }, good with { Scheme = (ProtectionScheme)1 },
        ];
        foreach (var options in bad) Assert.Throws<ArgumentException>(() => new FileEncryptor(options).Dispose());
    }

    [Fact]
    public void A_progressive_file_in_a_pipe_is_refused_with_a_reason()
    {
        using var encryptor = new FileEncryptor(MediaFiles.Options("cbcs"));
        var error = Assert.Throws<CencFormatException>(() => encryptor.Encrypt(new Pipe(new MemoryStream(File("clear-progressive-av"))), Stream.Null));
        Assert.Contains("not a pipe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_codec_is_refused()
    {
        var file = File("clear-aac");
        "what"u8.CopyTo(file.AsSpan(file.AsSpan().IndexOf("mp4a"u8)));
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Encrypt(file, MediaFiles.Options("cenc")));
        Assert.Contains("what", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cenc")]
    [InlineData("cbc1")]
    [InlineData("cbcs")]
    public void An_empty_sound_sample_is_legal(string scheme)
    {
        var clear = WithEmptySample(File("clear-aac"));
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options(scheme));
        Assert.NotEqual(Samples.Digest(clear), Samples.Digest(ours));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(ours)));
    }

    [Fact]
    public void An_empty_picture_is_refused()
    {
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Encrypt(WithEmptySample(File("clear-h264")), MediaFiles.Options("cenc")));
        Assert.Contains("is empty", error.Message, StringComparison.Ordinal);
    }

    // Every run gets one sample more, without a byte.
    private static byte[] WithEmptySample(byte[] file) => new Relayout
    {
        Traf = traf =>
        {
            var index = traf.List.FindIndex(box => box is TrunBox);
            var trun = (TrunBox)traf.List[index];
            var bytes = trun.ToArray();
            var entry = (bytes.Length - 20) / (int)trun.SampleCount;
            byte[] more = [.. bytes, .. new byte[entry]];
            BinaryPrimitives.WriteInt32BigEndian(more, more.Length);
            BinaryPrimitives.WriteInt32BigEndian(more.AsSpan(12), (int)trun.SampleCount + 1);
            traf.List[index] = Box.Parse(more);
        },
    }.Apply(file);

    [Fact]
    public void A_fragment_without_IVs_is_refused()
    {
        var file = new Relayout { Traf = traf => traf.List.RemoveAll(box => box.Type is BoxType.Senc or BoxType.Saiz or BoxType.Saio) }.Apply(File("h264-cenc"));
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(file));
        Assert.Contains("no IVs", error.Message, StringComparison.Ordinal);
        Assert.Equal("moof/traf", error.Path);
    }

    [Fact]
    public void An_unknown_scheme_is_named()
    {
        var file = File("h264-cenc");
        "piff"u8.CopyTo(file.AsSpan(file.AsSpan().IndexOf("schm"u8) + 8));
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(file));
        Assert.Contains("piff", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clear_file_passes_through_decryption_unchanged()
    {
        foreach (var name in new[] { "clear-h264", "clear-aac", "clear-progressive-av" }) Assert.Equal(File(name), MediaFiles.Decrypt(File(name)));
    }
}
