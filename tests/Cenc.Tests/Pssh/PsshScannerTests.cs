using System.Buffers.Binary;
using System.Text;
using DrmHub.Cenc.Pssh;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Pssh;

public sealed class PsshScannerTests
{
    private static readonly KeyId Kid = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");
    private static readonly byte[] Common = PsshBox.ForCommon([Kid]).ToByteArray();
    private static readonly byte[] Widevine = PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [Kid], Scheme = ProtectionScheme.Cenc }).ToByteArray();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Boxes_of_moov_moof_and_top_level_are_found_in_order(bool pipe)
    {
        byte[] file =
        [
            .. Box("ftyp", new byte[8]),
            .. Box("moov", [.. Box("mvhd", new byte[100]), .. Common, .. Widevine]),
            .. Box("moof", [.. Box("traf", Box("tfhd", Common)), .. Widevine]),
            .. Box("mdat", Common),
            .. Box("moof", []),
            .. Common,
            .. Box("mdat", new byte[70_000], wide: true),
        ];

        var found = Scan(file, pipe);

        Assert.Equal(["moov/pssh", "moov/pssh", "moof/pssh", "pssh"], found.Select(location => location.Path));
        Assert.All(found, location => Assert.Equal(location.Box.ToByteArray(), file.AsSpan((int)location.Offset, (int)location.Box.Size).ToArray()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_last_box_may_reach_to_the_end(bool pipe)
    {
        byte[] open = [0, 0, 0, 0, .. "mdat"u8, 1, 2, 3];

        Assert.Single(Scan([.. Common, .. open], pipe));
        Assert.Single(Scan([0, 0, 0, 0, .. "moov"u8, .. Common], pipe));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_found_before_a_broken_box_is_yielded(bool pipe)
    {
        byte[] file = [.. Common, .. Box("moov", Widevine)];
        using var stream = Open(file[..^1], pipe);
        using var found = PsshScanner.Read(stream).GetEnumerator();

        Assert.True(found.MoveNext());
        Assert.Equal(DrmSystem.ClearKey, found.Current.Box.System);
        var error = Assert.Throws<CencFormatException>(() => found.MoveNext());
        Assert.Equal("moov/pssh", error.Path);
        Assert.Equal(Common.Length + 8, error.Offset);
    }

    [Theory]
    [InlineData("000000", "3 bytes into")]
    [InlineData("00000007" + "66747970", "smaller than the header")]
    [InlineData("00000001" + "66747970", "64-bit")]
    [InlineData("00000001" + "66747970" + "000000000000000f", "smaller than the header")]
    [InlineData("00000001" + "66747970" + "ffffffffffffffff", "past the end of any file")]
    [InlineData("00000010" + "6d6f6f76" + "00000009" + "66726565", "past the end of moov")]
    [InlineData("00000010" + "6d6f6f76" + "00000000" + "66726565", "smaller than the header")]
    [InlineData("0000000c" + "6d6f6f76" + "00000000", "4 bytes into")]
    [InlineData("00000010" + "6d6f6f76", "0 bytes into")]
    [InlineData("7fffffff" + "70737368", "above the limit")]
    [InlineData("00000020" + "70737368", "ends before")]
    [InlineData("00000020" + "66726565", "ends before")]
    [InlineData("00000000" + "70737368", "above the limit")]
    public void Sizes_that_lie_are_refused(string hex, string expected)
    {
        foreach (var pipe in new[] { false, true })
        {
            var error = Assert.Throws<CencFormatException>(() => Scan(Convert.FromHexString(hex), pipe));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("vectors/media/single/h264_240.cenc.mp4")]
    [InlineData("vectors/media/single/aac.cbcs.mp4")]
    public void The_box_of_another_packager_is_ours_byte_for_byte(string name)
    {
        var path = SharedVectors.Find(name);
        Skip.If(path is null, "shared vectors are absent");
        using var stream = File.OpenRead(path!);

        var location = Assert.Single(PsshScanner.Read(stream));

        Assert.Equal("moov/pssh", location.Path);
        Assert.Equal(Common, location.Box.ToByteArray());
    }

    [Fact]
    public void Fuzz_finds_boxes_or_fails_with_one_exception()
    {
        byte[][] seeds = [[.. Box("moov", Common), .. Box("moof", Widevine), .. Box("mdat", [1, 2, 3])], [.. Common, .. Box("free", [])]];
        foreach (var input in ByteMutator.Inputs(seeds, runs: 20_000, seed: 5))
        {
            foreach (var pipe in new[] { false, true })
            {
                try
                {
                    Assert.All(Scan(input, pipe), location => Assert.InRange(location.Offset, 0, input.Length - 32));
                }
                catch (CencFormatException)
                {
                }
            }
        }
    }

    private static List<PsshLocation> Scan(byte[] file, bool pipe)
    {
        using var stream = Open(file, pipe);
        return [.. PsshScanner.Read(stream)];
    }

    private static Stream Open(byte[] file, bool pipe) => pipe ? new ForwardOnlyStream(file) : new MemoryStream(file);

    private static byte[] Box(string type, byte[] content, bool wide = false)
    {
        var bytes = new byte[(wide ? 16 : 8) + content.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, wide ? 1 : (uint)bytes.Length);
        Encoding.ASCII.GetBytes(type, bytes.AsSpan(4));
        if (wide) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), (ulong)bytes.Length);
        content.CopyTo(bytes, bytes.Length - content.Length);
        return bytes;
    }

    /// <summary>A pipe: no seeking, and few bytes at a time.</summary>
    private sealed class ForwardOnlyStream(byte[] bytes) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(Math.Min(buffer.Length, 1021), bytes.Length - _position);
            bytes.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
