using System.Security.Cryptography;
using DrmHub.Vault.Keys.Ceremony;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Keys;

public sealed class MasterKeySharesTests
{
    [Fact]
    public void The_field_multiplies_as_the_standard_says()
    {
        // FIPS 197, 4.2 and 4.2.1.
        Assert.Equal(0xC1, Gf256.Multiply(0x57, 0x83));
        Assert.Equal(0xFE, Gf256.Multiply(0x57, 0x13));
        Assert.Equal(0, Gf256.Multiply(0, 0xFF));
        for (var value = 1; value < 256; value++) Assert.Equal(1, Gf256.Multiply((byte)value, Gf256.Invert((byte)value)));
    }

    [Fact]
    public void Known_points_of_a_polynomial_give_its_constant_term()
    {
        // f(x) = 0x42 + 0x07·x + 0x53·x²: f(1) = 0x16, f(2) = 0x42 ^ 0x0E ^ 0x53·0x04, read here by hand.
        byte At(byte x) => (byte)(0x42 ^ Gf256.Multiply(0x07, x) ^ Gf256.Multiply(0x53, Gf256.Multiply(x, x)));
        Assert.Equal(0x16, At(1));
        Assert.Equal(0x42 ^ 0x0E ^ 0x57, At(2));
        Assert.Equal([0x42], ShamirSharing.Combine([(1, [0x16]), (2, [0x1B]), (200, [At(200)])]));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 5)]
    [InlineData(5, 5)]
    public void Every_set_of_enough_shares_restores_the_key_and_none_of_fewer(int threshold, int count)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var shares = MasterKeyShares.Split(key, threshold, count);
        for (var mask = 1; mask < 1 << count; mask++)
        {
            string[] chosen = [.. Enumerable.Range(0, count).Where(i => (mask >> i & 1) == 1).Select(i => shares[i]).Reverse()];
            if (chosen.Length >= threshold) Assert.Equal(key, MasterKeyShares.Combine(chosen));
            else Assert.Throws<FormatException>(() => MasterKeyShares.Combine(chosen));
        }
    }

    [Fact]
    public void The_most_shares_work()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var shares = MasterKeyShares.Split(key, 255, 255);
        Assert.Equal(key, MasterKeyShares.Combine(shares));
        Assert.Throws<ArgumentOutOfRangeException>(() => MasterKeyShares.Split(key, 2, 256));
        Assert.Throws<ArgumentOutOfRangeException>(() => MasterKeyShares.Split(key, 1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => MasterKeyShares.Split(key, 4, 3));
    }

    [Fact]
    public void Every_changed_character_of_a_share_is_found()
    {
        var shares = MasterKeyShares.Split(RandomNumberGenerator.GetBytes(32), 2, 3);
        for (var i = 0; i < shares[0].Length; i++)
        {
            var changed = shares[0].ToCharArray();
            changed[i] = changed[i] == '1' ? '2' : '1';
            Assert.Throws<FormatException>(() => MasterKeyShares.Combine([new string(changed), shares[1]]));
        }
    }

    [Fact]
    public void Shares_that_do_not_belong_together_give_an_error_not_a_key()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var one = MasterKeyShares.Split(key, 2, 3);
        var other = MasterKeyShares.Split(key, 2, 3);
        Assert.Contains("another splitting", Assert.Throws<FormatException>(() => MasterKeyShares.Combine([one[0], other[1]])).Message, StringComparison.Ordinal);

        // A forger can make the checksum right, not the hash inside; also where the forged share is one more than needed.
        var forged = Forge(one[2]);
        Assert.Contains("do not belong together", Assert.Throws<FormatException>(() => MasterKeyShares.Combine([one[0], forged])).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => MasterKeyShares.Combine([one[0], one[1], forged]));
        Assert.Throws<FormatException>(() => MasterKeyShares.Combine([one[2], one[1], forged]));
        Assert.Equal(key, MasterKeyShares.Combine([" " + one[0].ToUpperInvariant() + "\n", one[0], one[1]]));
    }

    [Fact]
    public void Too_few_shares_say_nothing_about_the_key()
    {
        // For one share of two, every key is as likely as any: over many splittings of one key, each byte value appears.
        var seen = new HashSet<(int, byte)>();
        var key = new byte[32];
        for (var i = 0; i < 4000; i++)
        {
            var value = Convert.FromHexString(MasterKeyShares.Split(key, 2, 2)[0].Split('-')[4]);
            seen.Add((0, value[0]));
            seen.Add((31, value[31]));
        }

        Assert.Equal(512, seen.Count);
    }

    [Property(MaxTest = 500)]
    public void Any_text_is_refused_by_one_exception(string[] texts) =>
        Assert.Throws<FormatException>(() => MasterKeyShares.Combine(texts ?? []));

    private static string Forge(string share)
    {
        var parts = share.Split('-');
        parts[4] = (parts[4][0] == '0' ? '1' : '0') + parts[4][1..];
        var text = string.Join('-', parts[..5]);
        return text + "-" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..8];
    }
}
