using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.Derivation;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class KeyDerivationTests(Servers servers)
{
    /// <summary>The seed of Microsoft's public test server.</summary>
    private const string TestSeed = "XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I";

    [Theory]
    [InlineData("a2c786d0-f9ef-4cb3-b333-cd323a4284a5", "4edb7704cdbf03617f4800bd878a6df2")]
    [InlineData("db06a8fe-ec16-4de2-9228-2c71e9b856ab", "3179923adf3c929892951e62f93a518a")]
    [InlineData("6f651ae1-dbe4-4434-bcb4-690d1564c41c", "88da852ae4fa2e1e36aeb2d5c94997b1")]
    public void A_PlayReady_key_seed_gives_the_known_keys(string keyId, string key)
    {
        var derived = new byte[16];
        PlayReadyKeySeed.Derive(Convert.FromBase64String(TestSeed), KeyId.Parse(keyId), derived);
        Assert.Equal(key, Convert.ToHexStringLower(derived));

        // What follows the first 30 bytes does not count; fewer are refused.
        PlayReadyKeySeed.Derive([.. Convert.FromBase64String(TestSeed), 1, 2, 3], KeyId.Parse(keyId), derived);
        Assert.Equal(key, Convert.ToHexStringLower(derived));
        Assert.Throws<ArgumentException>(() => PlayReadyKeySeed.Derive(new byte[29], KeyId.Parse(keyId), derived));
    }

    /// <summary>Vectors computed apart from this program, with Python's hmac and hashlib; see the file's remarks.</summary>
    [Fact]
    public void Hkdf_gives_the_known_key_ids_and_keys()
    {
        var path = Path.Combine(DrmHub.Testing.Repository.Root, "tests", "Vectors", "vault-hkdf.tsv");
        var count = 0;
        foreach (var parts in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')))
        {
            Assert.True(ProtectionSchemes.TryParse(parts[3], out var scheme));
            var secret = Convert.FromHexString(parts[0]);
            var id = HkdfKeys.DeriveKeyId(secret, new KeyIdentity(parts[1], parts[2], scheme, parts[4] == "-" ? null : long.Parse(parts[4])));
            Assert.Equal(parts[5], id.ToString());
            var key = new byte[16];
            HkdfKeys.DeriveKey(secret, id, key);
            Assert.Equal(parts[6], Convert.ToHexStringLower(key));
            count++;
        }

        Assert.Equal(4, count);
    }

    /// <summary>Computed apart from this program, with Python's hmac and hashlib.</summary>
    [Theory]
    [InlineData("vod-1", "SD", "f216fe7a-86d9-8300-8f97-7c38cb8e3d87", "0f29ba0e305ab3b5af87181df2fe470b37447dcfcaa5d908232b6de72a2287d2")]
    [InlineData("vod-1", "HD", "acf0d3e1-afe9-862f-9311-e980bf0fed1d", "e2612016c223a28cd4e5b304934749c83f65e2a8cf0ffcd41cdaa0cb77caee62")]
    [InlineData("vod-é", "AUDIO", "54065f63-5e68-890c-b61c-a69929aa0280", "64fa26411bd62748bdfd52102a9d851ed675e46e9d318211734247fc757a5626")]
    public void Hkdf_gives_the_known_entitlement_keys(string content, string track, string keyId, string key)
    {
        var secret = Convert.FromHexString("5d5068bec9b384ff6044867159f16d6b755544fcd5116989b1acc4278e88");
        var id = HkdfKeys.DeriveEntitlementId(secret, content, track);
        Assert.Equal(keyId, id.ToString());
        var derived = new byte[EntitlementKey.Size];
        HkdfKeys.DeriveEntitlementKey(secret, id, derived);
        Assert.Equal(key, Convert.ToHexStringLower(derived));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite, KeyDerivationKind.Hkdf)]
    [InlineData(Engine.PostgreSql, KeyDerivationKind.Hkdf)]
    [InlineData(Engine.Sqlite, KeyDerivationKind.PlayReadySeed)]
    public async Task A_lost_database_is_rebuilt_by_asking_again(Engine engine, KeyDerivationKind kind)
    {
        var options = new KeyStoreOptions { Derivation = [new KeyDerivationOptions { Pattern = "vod-*", Kind = kind, Secret = TestSeed }] };
        KeySpec[] specs = [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD") with { CryptoPeriod = 3 }, KeyStoreTests.Spec("AUDIO") with { RequestedKeyId = KeyId.Parse("a2c786d0-f9ef-4cb3-b333-cd323a4284a5") }];
        var answers = new List<string[]>();
        var others = new List<string>();
        for (var database = 0; database < 2; database++)
        {
            using var place = await TestDatabase.CreateAsync(engine, servers);
            await using var node = await Node.OpenAsync(place, options);
            answers.Add([.. (await node.Keys.GetOrCreateAsync("vod-1", specs)).Select(KeyStoreTests.Describe)]);
            using var entitlement = (await node.Keys.Entitlements.GetOrCreateAsync("vod-1", ["SD"]))[0];
            using var other = (await node.Keys.Entitlements.GetOrCreateAsync("live-1", ["SD"]))[0];
            answers[^1] = [.. answers[^1], $"{entitlement.KeyId} {Convert.ToHexString(entitlement.Entitlement!.Bytes)}"];
            Assert.NotEqual(entitlement.Entitlement.Bytes.ToArray(), other.Entitlement!.Bytes.ToArray());
            others.Add(KeyStoreTests.Describe((await node.Keys.GetOrCreateAsync("live-1", [KeyStoreTests.Spec("SD")]))[0]));
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(4, answers[0].Distinct().Count());
        Assert.NotEqual(others[0], others[1]);
        if (kind == KeyDerivationKind.PlayReadySeed) Assert.EndsWith("4edb7704cdbf03617f4800bd878a6df2", answers[0][2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_is_short_or_open_to_others_is_refused()
    {
        Assert.Throws<MasterKeyException>(() => new KeyMaker([new KeyDerivationOptions { Pattern = "*", Secret = Convert.ToBase64String(new byte[29]) }]));
        Assert.Throws<MasterKeyException>(() => new KeyMaker([new KeyDerivationOptions { Pattern = "*", Secret = "not base64 at all, and long enough to be one" }]));
        Assert.Throws<MasterKeyException>(() => new KeyMaker([new KeyDerivationOptions { Pattern = "*", SecretFile = "/nowhere/seed" }]));
        var path = Path.GetTempFileName();
        File.WriteAllText(path, TestSeed + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Throws<MasterKeyException>(() => new KeyMaker([new KeyDerivationOptions { Pattern = "*", SecretFile = path }]));
            File.SetUnixFileMode(path, UnixFileMode.UserRead);
        }

        using (new KeyMaker([new KeyDerivationOptions { Pattern = "*", SecretFile = path }])) File.Delete(path);
    }

    [Fact]
    public void All_options_that_are_wrong_are_told_at_once()
    {
        var options = new KeyStoreOptions
        {
            MasterKey = new MasterKeyOptions { Source = MasterKeySource.AzureKeyVault, Azure = new AzureKeyVaultOptions { Key = new Uri("http://demo.vault.azure.net/keys/a"), Deadline = TimeSpan.Zero } },
            DataKeys = new DataKeyOptions { MaxKeys = 0, MaxAge = TimeSpan.Zero },
            Cache = new Vault.Keys.Caching.KeyCacheOptions { Capacity = -1, Lifetime = TimeSpan.Zero },
            Derivation = [new KeyDerivationOptions { Pattern = "a*b" }],
        };
        var message = Assert.Throws<ArgumentException>(options.Validate).Message;
        foreach (var name in (string[])["Azure:Key", "Azure:Deadline", "MaxKeys", "MaxAge", "Capacity", "Lifetime", "Pattern", "SecretFile"]) Assert.Contains(name, message, StringComparison.Ordinal);
    }
}
