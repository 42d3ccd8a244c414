using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Tests.Pssh;

public sealed class PlayReadyKeyTests
{
    /// <summary>The seed of Microsoft's public test server.</summary>
    private static readonly byte[] TestSeed = Convert.FromBase64String("XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I");

    [Theory]
    [InlineData("a2c786d0-f9ef-4cb3-b333-cd323a4284a5", "4edb7704cdbf03617f4800bd878a6df2", "xNvWVxoWk04=")]
    [InlineData("db06a8fe-ec16-4de2-9228-2c71e9b856ab", "3179923adf3c929892951e62f93a518a", "GnKaQIRacPU=")]
    [InlineData("6f651ae1-dbe4-4434-bcb4-690d1564c41c", "88da852ae4fa2e1e36aeb2d5c94997b1", "KLj3QzQP/NA=")]
    public void Public_test_seed_gives_the_published_keys_and_checksums(string kid, string key, string checksum)
    {
        using var derived = PlayReadyKeySeed.DeriveKey(TestSeed, KeyId.Parse(kid));

        Assert.Equal(key, Convert.ToHexStringLower(derived.Bytes));
        var named = WrmKey.ForScheme(KeyId.Parse(kid), ProtectionScheme.Cenc, derived);
        Assert.Equal(checksum, Convert.ToBase64String(named.Checksum.Span));
    }

    [Fact]
    public void Only_the_first_30_bytes_of_a_seed_count()
    {
        var kid = KeyId.Parse("a2c786d0-f9ef-4cb3-b333-cd323a4284a5");
        using var exact = PlayReadyKeySeed.DeriveKey(TestSeed.AsSpan(0, 30), kid);
        using var longer = PlayReadyKeySeed.DeriveKey([.. TestSeed.AsSpan(0, 30), 1, 2, 3], kid);

        Assert.True(exact.SameAs(longer));
        Assert.Throws<ArgumentException>(() => PlayReadyKeySeed.DeriveKey(TestSeed.AsSpan(0, 29), kid));
    }

    /// <summary>Computed with another language's hash library after the five steps of the specification.</summary>
    [Theory]
    [InlineData("01020304050607", "5d0a7755d65a6b")]
    [InlineData("000102030405060708090a0b0c0d0e0f", "f080d293c3cd76")]
    public void Cocktail_checksum_is_five_rounds_of_sha1(string key, string expected)
    {
        var checksum = WrmKey.ComputeChecksum(WrmAlgorithm.Cocktail, default, Convert.FromHexString(key));

        Assert.Equal(expected, Convert.ToHexStringLower(checksum));
    }

    [Fact]
    public void Cbc_schemes_have_no_checksum()
    {
        using var key = ContentKey.Random();

        Assert.True(WrmKey.ForScheme(default, ProtectionScheme.Cbcs, key).Checksum.IsEmpty);
        Assert.Equal(WrmAlgorithm.AesCbc, WrmKey.ForScheme(default, ProtectionScheme.Cbc1).Algorithm);
        Assert.Throws<ArgumentException>(() => WrmKey.ComputeChecksum(WrmAlgorithm.AesCbc, default, new byte[16]));
        Assert.Throws<ArgumentException>(() => new WrmKey(default, WrmAlgorithm.AesCbc, new byte[8]));
        Assert.Throws<ArgumentException>(() => new WrmKey(default, WrmAlgorithm.AesCtr, new byte[7]));
        Assert.Throws<ArgumentException>(() => WrmKey.ComputeChecksum(WrmAlgorithm.AesCtr, default, new byte[15]));
        Assert.Throws<ArgumentException>(() => WrmKey.ComputeChecksum(WrmAlgorithm.Cocktail, default, new byte[22]));
    }
}
