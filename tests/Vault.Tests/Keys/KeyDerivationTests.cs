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
            others.Add(KeyStoreTests.Describe((await node.Keys.GetOrCreateAsync("live-1", [KeyStoreTests.Spec("SD")]))[0]));
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(3, answers[0].Distinct().Count());
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
