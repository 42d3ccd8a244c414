using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Encryption;

/// <summary>A fragment is written while the next one is read: never two writes at once, and no failure is lost.</summary>
public sealed class WriteBehindTests
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_slow_output_gets_the_same_bytes_one_write_at_a_time(bool progressive)
    {
        var clear = progressive ? ClearMedia.Progressive("h264") : ClearMedia.Get("h264");
        var expected = MediaFiles.Encrypt(clear, MediaFiles.Options("cenc"));
        using var slow = new WatchedStream();
        using (var encryptor = new FileEncryptor(MediaFiles.Options("cenc"))) encryptor.Encrypt(new MemoryStream(clear), slow);
        Assert.Equal(expected, slow.ToArray());
        Assert.False(slow.WasUsedTwiceAtOnce);
    }

    [SkippableFact]
    public void An_output_that_fails_fails_the_call_at_every_write()
    {
        var clear = ClearMedia.Get("h264");
        using var counting = new WatchedStream();
        using (var encryptor = new FileEncryptor(MediaFiles.Options("cbcs"))) encryptor.Encrypt(new MemoryStream(clear), counting);
        Assert.True(counting.Writes > 4);
        for (var bad = 1; bad <= counting.Writes; bad++)
        {
            using var failing = new WatchedStream { FailsAt = bad };
            using var encryptor = new FileEncryptor(MediaFiles.Options("cbcs"));
            Assert.Throws<IOException>(() => encryptor.Encrypt(new MemoryStream(clear), failing));
            Assert.Equal(bad, failing.Writes);
        }
    }

    private sealed class WatchedStream : MemoryStream
    {
        private int _users;

        public int FailsAt { get; init; }

        public int Writes { get; private set; }

        public bool WasUsedTwiceAtOnce { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => Watch(() => base.Write(buffer, offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var copy = buffer.ToArray();
            Watch(() => base.Write(copy, 0, copy.Length));
        }

        public override long Position
        {
            get => base.Position;
            set
            {
                if (Volatile.Read(ref _users) != 0) WasUsedTwiceAtOnce = true;
                base.Position = value;
            }
        }

        private void Watch(Action write)
        {
            if (Interlocked.Increment(ref _users) > 1) WasUsedTwiceAtOnce = true;
            Thread.Sleep(1);
            if (++Writes == FailsAt) throw new IOException("The disk is full.");
            write();
            Interlocked.Decrement(ref _users);
        }
    }
}
