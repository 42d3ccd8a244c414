using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Fuzz;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Encryption;

public sealed class StreamingTests
{
    private static byte[] File(string name) => Corpus.All().Single(file => file.Name == name + ".mp4").Bytes;

    [Fact]
    public void Pipes_give_the_same_fragments_without_an_index()
    {
        var clear = File("clear-h264");
        using var encryptor = new FileEncryptor(MediaFiles.Options("cenc"));
        using var sink = new MemoryStream();
        encryptor.Encrypt(new Pipe(new MemoryStream(clear)), new WriteOnly(sink));
        Assert.Equal(-1, sink.ToArray().AsSpan().IndexOf("sidx"u8));
        Assert.Equal(RotationTests.Fragments(MediaFiles.Encrypt(clear, MediaFiles.Options("cenc"))), RotationTests.Fragments(sink.ToArray()));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(MediaFiles.Decrypt(sink.ToArray())));
    }

    [Theory]
    [InlineData("cenc")]
    [InlineData("cbcs")]
    public void Segments_after_their_init_segment_equal_the_whole_file(string scheme)
    {
        var clear = File("clear-aac");
        var (init, segments) = Split(clear);
        using var encryptor = new FileEncryptor(MediaFiles.Options(scheme));
        using var decryptor = new FileDecryptor(new DecryptionOptions { Keys = _ => MediaFiles.Key });
        var whole = Run(encryptor.Encrypt, init);
        var restored = Run(decryptor.Decrypt, whole);
        foreach (var segment in segments)
        {
            var done = Run(encryptor.Encrypt, segment);
            whole = [.. whole, .. done];
            restored = [.. restored, .. Run(decryptor.Decrypt, done)];
        }
        Assert.True(segments.Count > 1);
        Assert.Equal(RotationTests.Fragments(MediaFiles.Encrypt(clear, MediaFiles.Options(scheme))), RotationTests.Fragments(whole));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(restored));
    }

    [Theory]
    [InlineData("clear-h264", "cenc")]
    [InlineData("clear-hevc", "cbcs")]
    [InlineData("clear-ffmpeg-fragments", "cbcs")]
    public void Fragments_above_the_memory_limit_give_the_same_bytes(string name, string scheme)
    {
        var clear = File(name);
        var options = MediaFiles.Options(scheme);
        var ours = MediaFiles.Encrypt(clear, options);
        Assert.Equal(ours, MediaFiles.Encrypt(clear, options with { Limits = new BmffLimits { MaxBufferedFragmentBytes = 20 } }));
        using var decryptor = new FileDecryptor(new DecryptionOptions { Keys = _ => MediaFiles.Key, Limits = new BmffLimits { MaxBufferedFragmentBytes = 20 } });
        Assert.Equal(MediaFiles.Decrypt(ours), Run(decryptor.Decrypt, ours));
    }

    [Fact]
    public void A_fragment_above_the_memory_limit_in_a_pipe_is_refused()
    {
        using var encryptor = new FileEncryptor(MediaFiles.Options("cbcs") with { Limits = new BmffLimits { MaxBufferedFragmentBytes = 20 } });
        Assert.Throws<CencFormatException>(() => encryptor.Encrypt(new Pipe(new MemoryStream(File("clear-h264"))), Stream.Null));
    }

    [Fact]
    public void Streams_that_do_not_start_at_zero_work()
    {
        var clear = File("clear-progressive-av");
        using var input = new MemoryStream([1, 2, 3, .. clear]) { Position = 3 };
        using var output = new MemoryStream();
        output.Write([4, 5]);
        using var encryptor = new FileEncryptor(MediaFiles.Options("cbcs"));
        encryptor.Encrypt(input, output);
        Assert.Equal(MediaFiles.Encrypt(clear, MediaFiles.Options("cbcs")), output.ToArray()[2..]);
    }

    [Theory]
    [InlineData("clear-h264")]
    [InlineData("clear-progressive-av")]
    [InlineData("av-cenc-two-trafs")]
    public void Segment_indexes_lead_from_moof_to_moof(string name)
    {
        var file = name.StartsWith("clear", StringComparison.Ordinal) ? MediaFiles.Encrypt(File(name), MediaFiles.Options("cbcs")) : MediaFiles.Decrypt(File(name));
        AssertIndex(file);
    }

    [SkippableFact]
    public void Random_access_offsets_follow_their_fragments()
    {
        using var scratch = new Scratch();
        Tools.Run(Tools.Ffmpeg, "-v", "error", "-i", scratch.Write("in.mp4", ClearMedia.Progressive("h264")), "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", scratch["out.mp4"]);
        var clear = scratch.Read("out.mp4");
        var ours = MediaFiles.Encrypt(clear, MediaFiles.Options("cenc"));
        var moofs = new List<long>();
        ContainerBox? mfra = null;
        Boxes(ours, (header, box) =>
        {
            if (header.Type == BoxType.Moof) moofs.Add(header.Offset);
            if (header.Type == BoxType.Mfra) mfra = (ContainerBox)box;
        });
        var tfra = mfra!.Find<TfraBox>()!;
        Assert.True(tfra.Count > 1);
        for (var i = 0; i < tfra.Count; i++) Assert.Contains((long)tfra[i], moofs);
        // The input has no index; several fragments without one are misread by ffmpeg 5.1.
        AssertIndex(ours);
    }

    private static void AssertIndex(byte[] file)
    {
        SidxBox? index = null;
        var moofs = new List<long>();
        Boxes(file, (header, box) =>
        {
            if (box is SidxBox sidx) index = sidx;
            if (header.Type == BoxType.Moof) moofs.Add(header.Offset);
        });
        Assert.NotNull(index);
        Assert.Equal(moofs.Count, index.Count);
        var position = index.Offset + index.Size + index.FirstOffset;
        for (var i = 0; i < index.Count; i++)
        {
            Assert.Equal(moofs[i], position);
            position += index[i].Size;
        }
    }

    private static void Boxes(byte[] file, Action<TopLevelBox, Box> visit)
    {
        var input = new MediaInput(new MemoryStream(file), BmffLimits.Default, default);
        while (input.TryNext(out var header)) visit(header, input.ReadBox(header));
    }

    private static byte[] Run(Action<Stream, Stream, IProgress<long>?, CancellationToken> action, byte[] input)
    {
        using var output = new MemoryStream();
        action(new MemoryStream(input), output, null, default);
        return output.ToArray();
    }

    private static (byte[] Init, List<byte[]> Segments) Split(byte[] file)
    {
        var init = Array.Empty<byte>();
        var segments = new List<byte[]>();
        var input = new MediaInput(new MemoryStream(file), BmffLimits.Default, default);
        while (input.TryNext(out var header))
        {
            var bytes = input.ReadBytes(header);
            if (header.Type is BoxType.Ftyp or BoxType.Moov) init = [.. init, .. bytes];
            else if (header.Type == BoxType.Moof) segments.Add(bytes);
            else if (header.Type == BoxType.Mdat) segments[^1] = [.. segments[^1], .. bytes];
        }
        return (init, segments);
    }

    private sealed class WriteOnly(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
