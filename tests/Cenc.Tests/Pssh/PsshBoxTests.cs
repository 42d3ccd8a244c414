using System.Buffers.Binary;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Tests.Pssh;

public sealed class PsshBoxTests
{
    private static readonly KeyId KidA = KeyId.Parse("abba271e-8bcf-552b-bd2e-86a434a9a5d9");
    private static readonly KeyId KidB = KeyId.Parse("2f05477fc24bb4faefd86517156dafec");

    [Fact]
    public void Common_box_of_two_key_ids_has_the_68_bytes_of_the_eme_registry()
    {
        var bytes = PsshBox.ForCommon([KidA, KidB]).ToByteArray();

        Assert.Equal(
            "00000044" + "70737368" + "01000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000002"
            + "abba271e8bcf552bbd2e86a434a9a5d9" + "2f05477fc24bb4faefd86517156dafec" + "00000000",
            Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void Widevine_box_has_the_bytes_that_packagers_write()
    {
        var box = PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [KidA], Scheme = ProtectionScheme.Cbcs });

        Assert.Equal(
            "00000038" + "70737368" + "00000000" + "edef8ba979d64acea3c827dcd51d21ed" + "00000018"
            + "1210abba271e8bcf552bbd2e86a434a9a5d9" + "48f3c6899b06",
            Convert.ToHexStringLower(box.ToByteArray()));
        Assert.Equal(0, box.Version);
        Assert.Equal(DrmSystem.Widevine, box.System);
    }

    [Theory]
    [InlineData("94ce86fb-07ff-4f43-adb8-93d2fa968ca2")]
    [InlineData("29701fe4-3cc7-4a34-8c5b-ae90c7439a47")]
    public void Both_fairplay_ids_are_read_and_kept(string systemId)
    {
        var bytes = new PsshBox(new Guid(systemId), [KidA], "abc"u8).ToByteArray();

        var box = PsshBox.Parse(bytes);

        Assert.Equal(DrmSystem.FairPlay, box.System);
        Assert.Equal(bytes, box.ToByteArray());
    }

    [Fact]
    public void Unknown_systems_and_flags_survive_byte_for_byte()
    {
        var bytes = new PsshBox(new Guid("00112233-4455-6677-8899-aabbccddeeff"), [], "opaque"u8).ToByteArray();
        bytes[11] = 7; // flags

        var box = PsshBox.Parse(bytes);

        Assert.Null(box.System);
        Assert.Equal("opaque"u8.ToArray(), box.Data.ToArray());
        Assert.Equal(bytes, box.ToByteArray());
    }

    [Fact]
    public void Version_1_without_key_ids_survives()
    {
        var bytes = Convert.FromHexString("00000024" + "70737368" + "01000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000000" + "00000000");

        Assert.Equal(bytes, PsshBox.Parse(bytes).ToByteArray());
    }

    [Fact]
    public void A_64_bit_size_is_read_and_written_as_32_bit()
    {
        var small = PsshBox.ForCommon([KidA]).ToByteArray();
        var large = new byte[small.Length + 8];
        BinaryPrimitives.WriteUInt32BigEndian(large, 1);
        small.AsSpan(4, 4).CopyTo(large.AsSpan(4));
        BinaryPrimitives.WriteUInt64BigEndian(large.AsSpan(8), (ulong)large.Length);
        small.AsSpan(8).CopyTo(large.AsSpan(16));

        Assert.Equal(small, PsshBox.Parse(large).ToByteArray());
    }

    [Fact]
    public void ParseAll_reads_boxes_in_a_row_and_names_the_offset_of_a_broken_one()
    {
        byte[] two = [.. PsshBox.ForCommon([KidA]).ToByteArray(), .. PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [KidB] }).ToByteArray()];

        Assert.Equal([DrmSystem.ClearKey, DrmSystem.Widevine], PsshBox.ParseAll(two).Select(box => box.System!.Value));
        var error = Assert.Throws<CencFormatException>(() => PsshBox.ParseAll(two.AsSpan(0, two.Length - 1)));
        Assert.Equal(52, error.Offset);
        Assert.Empty(PsshBox.ParseAll([]));
    }

    [Theory]
    [InlineData("", "too short")]
    [InlineData("0000002070737368", "but 8 are there")]
    [InlineData("00000001" + "70737368", "64-bit")]
    [InlineData("00000001" + "70737368" + "ffffffffffffffff", "above the limit")]
    [InlineData("00000000" + "70737368" + "00000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000000", "too few")]
    [InlineData("0000001c" + "70737368" + "00000000" + "1077efecc0b24d02ace33c1e52e2fb4b", "too few")]
    [InlineData("00000020" + "66726565" + "00000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000000", "not 'pssh'")]
    [InlineData("00000020" + "70737368" + "02000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000000", "version 2")]
    [InlineData("00000020" + "70737368" + "00000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000001", "DataSize is 1")]
    [InlineData("00000020" + "70737368" + "00000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "ffffffff", "DataSize is 4294967295")]
    [InlineData("00000020" + "70737368" + "01000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000000", "key ids")]
    [InlineData("00000024" + "70737368" + "01000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "ffffffff" + "00000000", "4294967295 key ids")]
    [InlineData("00000020" + "70737368" + "00000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000000" + "00", "1 bytes follow")]
    public void Broken_boxes_are_refused_with_what_is_wrong(string hex, string expected)
    {
        var bytes = Convert.FromHexString(hex);

        var error = Assert.Throws<CencFormatException>(() => PsshBox.Parse(bytes));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(PsshBox.TryParse(bytes, out var box));
        Assert.Null(box);
    }

    [Fact]
    public void Misuse_throws()
    {
        Assert.Throws<ArgumentException>(() => PsshBox.ForCommon([]));
        Assert.Throws<ArgumentException>(() => new PsshBox(DrmSystemIds.Common, [], new byte[PsshBox.MaxSize]));
    }

    [Fact]
    public void Later_changes_of_what_was_passed_do_not_reach_the_box()
    {
        var keyIds = new List<KeyId> { KidA };
        var data = new byte[] { 1 };
        var box = new PsshBox(DrmSystemIds.Common, keyIds, data);
        keyIds.Add(KidB);
        data[0] = 9;

        Assert.Equal(KidA, Assert.Single(box.KeyIds));
        Assert.Equal(1, box.Data.Span[0]);
    }
}
