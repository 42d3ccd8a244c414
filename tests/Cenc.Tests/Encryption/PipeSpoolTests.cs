using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Fuzz;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Encryption;

public sealed class PipeSpoolTests
{
    private static readonly BmffLimits s_tight = new() { MaxBufferedFragmentBytes = 20 };

    private readonly Spool _spool = new();

    [Theory]
    [InlineData("clear-h264", "cenc")]
    [InlineData("clear-hevc", "cbcs")]
    [InlineData("clear-ffmpeg-fragments", "cbcs")]
    public void A_fragment_above_the_memory_limit_gives_the_same_bytes(string name, string scheme)
    {
        var clear = Corpus.Get(name);
        var ours = Encrypt(clear, MediaFiles.Options(scheme));
        Assert.Equal(0, _spool.Opened);

        Assert.Equal(ours, Encrypt(clear, MediaFiles.Options(scheme) with { Limits = s_tight, OpenSpool = _spool.Open }));

        Assert.Equal((1, 1), (_spool.Opened, _spool.Closed));
        Assert.InRange(_spool.LongestAtOnce, 1, clear.Length * 2 / 3); // one fragment at a time
        Assert.Equal(Decrypt(ours, BmffLimits.Default), Decrypt(ours, s_tight));
        Assert.Equal(Samples.Digest(clear), Samples.Digest(Decrypt(ours, s_tight)));
        Assert.Equal(_spool.Opened, _spool.Closed);
    }

    [Theory]
    [InlineData("progressive-h264")]
    [InlineData("progressive-av-moov-first")]
    public void A_progressive_file_comes_out_as_from_a_file(string name)
    {
        var file = Corpus.Get(name);
        var clear = MediaFiles.Decrypt(file);

        Assert.Equal(clear, Decrypt(file, BmffLimits.Default));
        Assert.Equal(MediaFiles.Encrypt(clear, MediaFiles.Options("cbcs")), Encrypt(clear, MediaFiles.Options("cbcs") with { OpenSpool = _spool.Open }));

        Assert.Equal((2, 2), (_spool.Opened, _spool.Closed));
        Assert.Equal(Math.Max(file.Length, clear.Length), _spool.LongestAtOnce);
    }

    [Theory]
    [InlineData("clear-progressive-av", 0.9)]
    [InlineData("clear-progressive-av", 0.99)]
    [InlineData("clear-h264", 0.5)]
    public void A_pipe_that_ends_early_is_refused_and_leaves_no_spool(string name, double part)
    {
        var clear = Corpus.Get(name);

        Assert.Throws<CencFormatException>(() =>
            Encrypt(clear[..(int)(clear.Length * part)], MediaFiles.Options("cbcs") with { Limits = s_tight, OpenSpool = _spool.Open }));

        Assert.Equal((1, 1), (_spool.Opened, _spool.Closed));
    }

    [Fact]
    public void A_spool_that_fails_fails_the_work_and_is_closed()
    {
        var full = new FullDisk();

        Assert.Throws<IOException>(() => Encrypt(Corpus.Get("clear-progressive-av"), MediaFiles.Options("cbcs") with { OpenSpool = () => full }));

        Assert.True(full.WasClosed);
    }

    [Fact]
    public void A_pipe_of_fragments_opens_no_spool()
    {
        Encrypt(Corpus.Get("clear-h264"), MediaFiles.Options("cenc") with { OpenSpool = _spool.Open });

        Assert.Equal(0, _spool.Opened);
    }

    [Fact]
    public void Segments_from_pipes_need_no_init_segment_again()
    {
        var clear = Corpus.Get("clear-h264");
        var start = clear.AsSpan().IndexOf("moof"u8) - 4;
        using var encryptor = new FileEncryptor(MediaFiles.Options("cenc") with { OpenSpool = _spool.Open });
        using var output = new MemoryStream();
        encryptor.Encrypt(new Pipe(new MemoryStream(clear[..start])), output);
        encryptor.Encrypt(new Pipe(new MemoryStream(clear[start..])), output);

        Assert.Equal(RotationTests.Fragments(MediaFiles.Encrypt(clear, MediaFiles.Options("cenc"))), RotationTests.Fragments(output.ToArray()));
    }

    private static byte[] Encrypt(byte[] file, EncryptionOptions options)
    {
        using var encryptor = new FileEncryptor(options);
        using var output = new MemoryStream();
        encryptor.Encrypt(new Pipe(new MemoryStream(file)), output);
        return output.ToArray();
    }

    private byte[] Decrypt(byte[] file, BmffLimits limits)
    {
        using var decryptor = new FileDecryptor(new DecryptionOptions { Keys = _ => MediaFiles.Key, Limits = limits, OpenSpool = _spool.Open });
        using var output = new MemoryStream();
        decryptor.Decrypt(new Pipe(new MemoryStream(file)), output);
        return output.ToArray();
    }

    private sealed class FullDisk : MemoryStream
    {
        public bool WasClosed { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device");

        protected override void Dispose(bool disposing)
        {
            WasClosed = true;
            base.Dispose(disposing);
        }
    }
}
