using System.Text.Json;
using DrmHub.Cenc.Pssh;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Pssh;

/// <summary>Content keys under entitlement keys, against a vector that other tools computed.</summary>
public sealed class EntitledKeyTests
{
    private static readonly JsonElement Vector = JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Vectors", "widevine-entitlement.json")));
    private static readonly KeyId EntitlementId = new(Hex("entitlementKeyId"));
    private static readonly KeyId Kid = new(Hex("keyId"));

    [Fact]
    public void A_key_is_wrapped_as_the_vector_says_and_always_alike()
    {
        using var entitlement = new EntitlementKey(Hex("entitlementKey"));
        using var content = new ContentKey(Hex("contentKey"));
        var wrapped = entitlement.Wrap(EntitlementId, Kid, content);
        Assert.Equal((EntitlementId, Kid, (int?)32), (wrapped.EntitlementKeyId, wrapped.KeyId, wrapped.EntitlementKeySize));
        Assert.Equal(Hex("iv"), wrapped.Iv.ToArray());
        Assert.Equal(Hex("wrapped"), wrapped.WrappedKey.ToArray());
        Assert.Equal(wrapped.Iv.ToArray(), entitlement.Wrap(EntitlementId, Kid, content).Iv.ToArray());

        using var other = ContentKey.Random();
        Assert.NotEqual(wrapped.Iv.ToArray(), entitlement.Wrap(EntitlementId, EntitlementId, other).Iv.ToArray());
    }

    [Fact]
    public void The_pssh_that_carries_it_is_the_vectors_and_is_read_back()
    {
        using var entitlement = new EntitlementKey(Hex("entitlementKey"));
        using var content = new ContentKey(Hex("contentKey"));
        var bytes = new WidevinePsshData
        {
            ContentId = "demo"u8.ToArray(),
            CryptoPeriodIndex = 3,
            Scheme = ProtectionScheme.Cbcs,
            Type = WidevinePsshType.EntitledKey,
            EntitledKeys = [entitlement.Wrap(EntitlementId, Kid, content)],
        }.ToByteArray();
        Assert.Equal(Hex("psshData"), bytes);

        var read = WidevinePsshData.Parse(bytes);
        Assert.True(read.IsOfEntitlements);
        Assert.Empty(read.KeyIds);
        Assert.True(read.UnknownFields.IsEmpty);
        Assert.Equal(Hex("wrapped"), Assert.Single(read.EntitledKeys).WrappedKey.ToArray());
        Assert.Equal(bytes, read.ToByteArray());
    }

    [Fact]
    public void A_key_that_its_writer_padded_is_read()
    {
        var bytes = With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")), Bytes(3, Hex("padded")), Bytes(4, Hex("iv")));
        var key = Assert.Single(WidevinePsshData.Parse(bytes).EntitledKeys);
        Assert.Equal((32, (int?)null), (key.WrappedKey.Length, key.EntitlementKeySize));
        Assert.Equal(bytes, WidevinePsshData.Parse(bytes).ToByteArray());
    }

    public static TheoryData<string, byte[]> Odd() => new()
    {
        { "no id of the wrapping key", With(Bytes(2, Hex("keyId")), Bytes(3, Hex("wrapped")), Bytes(4, Hex("iv"))) },
        { "no key", With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")), Bytes(4, Hex("iv"))) },
        { "a key of 15 bytes", With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")), Bytes(3, Hex("wrapped")[1..]), Bytes(4, Hex("iv"))) },
        { "an IV of 8 bytes", With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")), Bytes(3, Hex("wrapped")), Bytes(4, Hex("iv")[8..])) },
        { "two key ids", With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")), Bytes(2, Hex("keyId")), Bytes(3, Hex("wrapped")), Bytes(4, Hex("iv"))) },
        { "a key id of 15 bytes", With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")[1..]), Bytes(3, Hex("wrapped")), Bytes(4, Hex("iv"))) },
        { "a size of 24 bytes", With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")), Bytes(3, Hex("wrapped")), Bytes(4, Hex("iv")), [0x28, 24]) },
        { "a field that is not known", With(Bytes(1, Hex("entitlementKeyId")), Bytes(2, Hex("keyId")), Bytes(3, Hex("wrapped")), Bytes(4, Hex("iv")), Bytes(6, [1])) },
        { "cut short", With([0x0A, 16, 1, 2]) },
    };

    /// <summary>What cannot be expressed is no entitled key, and is kept as it is.</summary>
    [Theory]
    [MemberData(nameof(Odd))]
    public void What_is_no_entitled_key_is_kept_byte_for_byte(string what, byte[] pssh)
    {
        var read = WidevinePsshData.Parse(pssh);
        Assert.True(read.EntitledKeys.Count == 0, what);
        Assert.Equal(pssh, read.ToByteArray());
    }

    [Fact]
    public void A_type_that_is_not_known_is_kept_and_means_nothing()
    {
        var read = WidevinePsshData.Parse([0x58, 3]);
        Assert.Null(read.Type);
        Assert.False(read.IsOfEntitlements);
        Assert.Equal([0x58, 3], read.ToByteArray());
    }

    [Fact]
    public void The_key_has_32_bytes_and_does_not_show_them()
    {
        Assert.Throws<ArgumentException>(() => new EntitlementKey(new byte[16]));
        var key = EntitlementKey.Random();
        Assert.DoesNotContain(Convert.ToHexString(key.Bytes), key.ToString(), StringComparison.OrdinalIgnoreCase);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Bytes.Length);
    }

    private static byte[] Hex(string name) => Convert.FromHexString(Vector.GetProperty(name).GetString()!);

    private static byte[] Bytes(int field, byte[] value) => [(byte)((field << 3) | 2), (byte)value.Length, .. value];

    private static byte[] With(params byte[][] fields)
    {
        byte[] key = [.. fields.SelectMany(field => field)];
        return [0x58, 2, .. Bytes(14, key)];
    }
}
