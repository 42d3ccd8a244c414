using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Encryption.Ciphers;

namespace DrmHub.Cenc.Tests.Ciphers;

/// <summary>Known answers that Shaka Packager 3.4.2 gave for one key and samples of zero bytes, and those of FIPS 197 and SP 800-38A.</summary>
public sealed class KnownAnswerTests
{
    private const string Iv8 = "1122334455667788";
    private const string Iv16 = "11223344556677889900aabbccddeeff";
    private const string Counter0 = "e71e42ab2176d7aeaa819a4b998ecde3";
    private const string Counter1 = "8d0cd72f8ca0889559c854599dfc7e18";
    private const string Chain0 = "28b64d04046d0433ee9553f5f7aff9c0";
    private const string Chain1 = "e8f1395041bc9f636a87425dc558db65";

    private static readonly byte[] s_key = Hex.Parse("69eaa802a6763af979e8d1940fb88392");

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cenc_counts_from_an_eight_byte_iv(string engine) =>
        Assert.Equal(Counter0 + Counter1, Encrypt(engine, ProtectionScheme.Cenc, default, 32, Iv8));

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cenc_counter_wraps_in_64_bits_without_carry(string engine) =>
        Assert.Equal("75b1378405d1a5081a7c0f3f95813e01" + Counter0, Encrypt(engine, ProtectionScheme.Cenc, default, 32, Iv8 + "ffffffffffffffff"));

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cbc1_chains(string engine) => Assert.Equal(Chain0 + Chain1, Encrypt(engine, ProtectionScheme.Cbc1, default, 32, Iv16));

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cbcs_chains_over_skipped_blocks(string engine)
    {
        var output = Encrypt(engine, ProtectionScheme.Cbcs, EncryptionPattern.Video, 176, Iv16);
        Assert.Equal(Chain0 + new string('0', 9 * 32) + Chain1, output);
    }

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cbcs_encrypts_an_incomplete_last_group_and_leaves_the_partial_block(string engine)
    {
        var output = Hex.Parse(Encrypt(engine, ProtectionScheme.Cbcs, new EncryptionPattern(5, 5), (13 * 16) + 5, Iv16));
        var encrypted = Enumerable.Range(0, 13).Where(block => output.AsSpan(block * 16, 16).ContainsAnyExcept((byte)0));
        Assert.Equal([0, 1, 2, 3, 4, 10, 11, 12], encrypted);
        Assert.Equal("90355eb76fcc8543ea505a61e40cd1f3", Convert.ToHexStringLower(output.AsSpan(12 * 16, 16)));
        Assert.All(output[(13 * 16)..], value => Assert.Equal(0, value));
    }

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cens_counts_encrypted_blocks_only(string engine)
    {
        var output = Encrypt(engine, ProtectionScheme.Cens, EncryptionPattern.Video, 176, Iv8);
        Assert.Equal(Counter0 + new string('0', 9 * 32) + Counter1, output);
    }

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cipher_matches_fips_197_appendix_b(string engine)
    {
        using var aes = AesEngine.Create(Hex.Parse("2b7e151628aed2a6abf7158809cf4f3c"), EngineRows.Need(engine));
        var block = Hex.Parse("3243f6a8885a308d313198a2e0370734");
        var chain = default(System.Runtime.Intrinsics.Vector128<byte>);
        aes.CbcEncrypt(block, 16, ref chain);
        Assert.Equal("3925841d02dc09fbdc118597196a0b32", Convert.ToHexStringLower(block));
    }

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Cbc_matches_sp_800_38a_f_2_1_both_ways(string engine)
    {
        const string plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
        const string cipher = "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7";
        using var key = new ContentKey(Hex.Parse("2b7e151628aed2a6abf7158809cf4f3c"));
        var data = Hex.Parse(plain);
        foreach (var (direction, expected) in new[] { (CryptDirection.Encrypt, cipher), (CryptDirection.Decrypt, plain) })
        {
            using var cryptor = new SampleCryptor(key, ProtectionScheme.Cbc1, default, direction, EngineRows.Need(engine));
            cryptor.Process(data, Hex.Parse("000102030405060708090a0b0c0d0e0f"), []);
            Assert.Equal(expected, Convert.ToHexStringLower(data));
        }
    }

    private static string Encrypt(string engine, ProtectionScheme scheme, EncryptionPattern pattern, int size, string iv)
    {
        using var key = new ContentKey(s_key);
        using var cryptor = new SampleCryptor(key, scheme, pattern, CryptDirection.Encrypt, EngineRows.Need(engine));
        var sample = new byte[size];
        cryptor.Process(sample, Hex.Parse(iv), []);
        return Convert.ToHexStringLower(sample);
    }
}
