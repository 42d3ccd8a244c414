using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Encryption.Ciphers;

namespace DrmHub.Cenc.Tests.Ciphers;

public sealed class SampleCryptorTests
{
    private static readonly EncryptionPattern[] s_patterns =
    [
        new(0, 0), new(1, 9), new(1, 9), new(1, 9), new(1, 0), new(10, 0), new(5, 5), new(3, 7), new(1, 1), new(2, 1), new(15, 15), new(1, 15),
    ];

    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Agrees_with_the_reference_on_random_samples(string engine)
    {
        var kind = EngineRows.Need(engine);
        var random = new Random(20260101);
        for (var round = 0; round < 1500; round++)
        {
            var scheme = ProtectionSchemeOf(random);
            var pattern = s_patterns[random.Next(s_patterns.Length)];
            var keyBytes = Bytes(random, 16);
            var iv = Bytes(random, random.Next(2) == 0 ? 8 : 16);
            if (iv.Length == 16 && random.Next(3) == 0) iv.AsSpan(8, 7).Fill(0xFF);
            var subsamples = Subsamples(random, out var size);
            var clear = Bytes(random, size);

            using var key = new ContentKey(keyBytes);
            using var encryptor = new SampleCryptor(key, scheme, pattern, CryptDirection.Encrypt, kind);
            using var decryptor = new SampleCryptor(key, scheme, pattern, CryptDirection.Decrypt, kind);
            var actual = (byte[])clear.Clone();
            var expected = (byte[])clear.Clone();
            encryptor.Process(actual, iv, subsamples);
            ReferenceCipher.Process(keyBytes, scheme, pattern, CryptDirection.Encrypt, expected, iv, subsamples);
            var what = $"round {round}: {scheme} {pattern} {size} bytes, {subsamples.Length} subsamples";
            Assert.True(expected.AsSpan().SequenceEqual(actual), what);
            decryptor.Process(actual, iv, subsamples);
            Assert.True(clear.AsSpan().SequenceEqual(actual), what);
        }
    }

    // Guards the neighbours: strided blocks at every alignment of the end, with bytes behind the sample that must stay.
    [SkippableTheory]
    [ClassData(typeof(EngineRows))]
    public void Touches_nothing_outside_the_sample(string engine)
    {
        var kind = EngineRows.Need(engine);
        using var key = ContentKey.Random();
        foreach (var scheme in Enum.GetValues<ProtectionScheme>())
        {
            using var cryptor = new SampleCryptor(key, scheme, EncryptionPattern.Video, CryptDirection.Decrypt, kind);
            for (var size = 0; size < 1700; size++)
            {
                var buffer = new byte[size + 400];
                buffer.AsSpan().Fill(0x5A);
                cryptor.Process(buffer.AsSpan(200, size), new byte[16], []);
                Assert.False(buffer.AsSpan(0, 200).ContainsAnyExcept((byte)0x5A));
                Assert.False(buffer.AsSpan(200 + size).ContainsAnyExcept((byte)0x5A));
            }
        }
    }

    [Fact]
    public void Cens_can_include_the_partial_block()
    {
        using var key = ContentKey.Random();
        using var whole = new SampleCryptor(key, ProtectionScheme.Cens, default, CryptDirection.Encrypt);
        using var partial = new SampleCryptor(key, ProtectionScheme.Cens, default, CryptDirection.Encrypt) { CensIncludesPartialBlock = true };
        using var cenc = new SampleCryptor(key, ProtectionScheme.Cenc, default, CryptDirection.Encrypt);
        byte[] a = new byte[21], b = new byte[21], c = new byte[21];
        whole.Process(a, new byte[8], []);
        partial.Process(b, new byte[8], []);
        cenc.Process(c, new byte[8], []);
        Assert.Equal(c, b);
        Assert.Equal(c[..16], a[..16]);
        Assert.Equal(new byte[5], a[16..]);
    }

    [Fact]
    public void Refuses_subsamples_that_do_not_add_up_and_leaves_the_sample()
    {
        using var key = ContentKey.Random();
        using var cryptor = new SampleCryptor(key, ProtectionScheme.Cenc, default, CryptDirection.Encrypt);
        foreach (var subsamples in new Subsample[][] { [new(1, 98)], [new(1, 100)], [new(0, uint.MaxValue), new(100, 1)], [new(0, 0)], [new(100, uint.MaxValue)] })
        {
            var sample = new byte[100];
            Assert.Throws<CencFormatException>(() => cryptor.Process(sample, new byte[8], subsamples));
            Assert.Equal(new byte[100], sample);
        }
    }

    [Fact]
    public void Refuses_misuse()
    {
        using var key = ContentKey.Random();
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleCryptor(key, 0, default, CryptDirection.Encrypt));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleCryptor(key, ProtectionScheme.Cbcs, new(16, 0), CryptDirection.Encrypt));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SampleCryptor(key, ProtectionScheme.Cbcs, default, (CryptDirection)7));
        Assert.Throws<CencFormatException>(() => new SampleCryptor(key, ProtectionScheme.Cbcs, new(0, 9), CryptDirection.Decrypt));
        var cryptor = new SampleCryptor(key, ProtectionScheme.Cbcs, default, CryptDirection.Encrypt);
        Assert.Throws<ArgumentException>(() => cryptor.Process(new byte[16], new byte[12], []));
        cryptor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cryptor.Process(new byte[16], new byte[16], []));
        cryptor.Dispose();
    }

    [SkippableFact]
    public void Round_keys_are_zeroed()
    {
        Skip.IfNot(X86Aes.IsSupported, "This processor has no X86 AES.");
        var keys = new AesKeySchedule(new byte[16], X86Aes.SubstituteWord, X86Aes.InverseMixColumns);
        Assert.NotEqual(default, System.Runtime.CompilerServices.Unsafe.Add(ref keys.Encryption, 10));
        keys.Clear();
        for (var i = 0; i < 22; i++) Assert.Equal(default, System.Runtime.CompilerServices.Unsafe.Add(ref keys.Encryption, i));
    }

    private static ProtectionScheme ProtectionSchemeOf(Random random)
    {
        var schemes = Enum.GetValues<ProtectionScheme>();
        return schemes[random.Next(schemes.Length)];
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static Subsample[] Subsamples(Random random, out int size)
    {
        var subsamples = new Subsample[random.Next(6)];
        size = 0;
        for (var i = 0; i < subsamples.Length; i++)
        {
            var range = random.Next(4) switch { 0 => random.Next(40), 1 => 16 * random.Next(200), 2 => random.Next(600), _ => random.Next(9000) };
            subsamples[i] = new Subsample((ushort)random.Next(300), (uint)range);
            size += subsamples[i].ClearBytes + range;
        }

        if (subsamples.Length == 0) size = random.Next(6000);
        return subsamples;
    }
}
