using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Ciphers;

public sealed class IvSequenceTests
{
    [Theory]
    [InlineData(ProtectionScheme.Cenc, "1122334455667788", 1000, "1122334455667789")]
    [InlineData(ProtectionScheme.Cenc, "ffffffffffffffff", 1000, "0000000000000000")]
    [InlineData(ProtectionScheme.Cenc, "1122334455667788", 0, "1122334455667789")]
    [InlineData(ProtectionScheme.Cbc1, "1122334455667788", 1000, "1122334455667789")]
    [InlineData(ProtectionScheme.Cenc, "11223344556677889900aabbccddeeff", 0, "11223344556677889900aabbccddeeff")]
    [InlineData(ProtectionScheme.Cenc, "11223344556677889900aabbccddeeff", 1, "11223344556677889900aabbccddef00")]
    [InlineData(ProtectionScheme.Cens, "11223344556677889900aabbccddeeff", 33, "11223344556677889900aabbccddef02")]
    [InlineData(ProtectionScheme.Cenc, "1122334455667788ffffffffffffffff", 32, "11223344556677890000000000000001")]
    [InlineData(ProtectionScheme.Cbc1, "ffffffffffffffffffffffffffffffff", 16, "00000000000000000000000000000000")]
    [InlineData(ProtectionScheme.Cbcs, "11223344556677889900aabbccddeeff", 160, "11223344556677889900aabbccddeeff")]
    [InlineData(ProtectionScheme.Cbcs, "1122334455667788", 160, "1122334455667788")]
    public void Advances_to_the_next_sample(ProtectionScheme scheme, string first, long protectedBytes, string next)
    {
        var sequence = new IvSequence(Hex.Parse(first), scheme);
        sequence.Advance(protectedBytes);
        Assert.Equal(first.Length / 2, sequence.Size);
        var iv = new byte[sequence.Size];
        sequence.CopyCurrentTo(iv);
        Assert.Equal(next, Convert.ToHexStringLower(iv));
    }

    [Fact]
    public void Refuses_misuse()
    {
        Assert.Throws<ArgumentException>(() => new IvSequence(new byte[12], ProtectionScheme.Cenc));
        Assert.Throws<ArgumentException>(() => new IvSequence(new byte[16], ProtectionScheme.Cenc).CopyCurrentTo(new byte[15]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            var sequence = new IvSequence(new byte[8], ProtectionScheme.Cenc);
            sequence.Advance(-1);
        });
    }
}
