using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class KeyStoreTests(Servers servers)
{
    private static readonly KeyId Chosen = KeyId.Parse("a2c786d0-f9ef-4cb3-b333-cd323a4284a5");

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task The_same_question_gets_the_same_keys_in_its_order_also_after_a_restart(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        KeySpec[] specs = [Spec("HD"), Spec("AUDIO"), Spec("SD")];
        string[] first;
        await using (var node = await Node.OpenAsync(place))
        {
            var keys = await node.Keys.GetOrCreateAsync("title-1", specs);
            Assert.Equal(["HD", "AUDIO", "SD"], keys.Select(key => key.Track));
            Assert.All(keys, key => Assert.True(key.IsNew));
            Assert.Equal(3, keys.Select(key => key.KeyId).Distinct().Count());
            first = [.. keys.Select(Describe)];

            var again = await node.Keys.GetOrCreateAsync("title-1", specs);
            Assert.All(again, key => Assert.False(key.IsNew));
            Assert.Equal(first, again.Select(Describe));
        }

        await using var restarted = await Node.OpenAsync(place);
        Assert.Equal(first, (await restarted.Keys.GetOrCreateAsync("title-1", specs)).Select(Describe));
        Assert.Equal(first.Order(), (await restarted.Keys.FindByContentAsync("title-1")).Select(Describe).Order());
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Each_part_of_the_identity_makes_another_key(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        KeySpec[] specs =
        [
            Spec("SD"), Spec("HD"), Spec("SD") with { Scheme = ProtectionScheme.Cenc }, Spec("SD") with { CryptoPeriod = 0 },
            Spec("SD") with { CryptoPeriod = 1 }, Spec("SD") with { RequestedKeyId = Chosen },
        ];
        var keys = await node.Keys.GetOrCreateAsync("title", specs);
        var other = await node.Keys.GetOrCreateAsync("Title", [Spec("SD")]);
        Assert.Equal(7, keys.Concat(other).Select(key => key.KeyId).Distinct().Count());
        Assert.Equal(7, keys.Concat(other).Select(Hex).Distinct().Count());
        Assert.Equal(keys.Select(Describe), (await node.Keys.GetOrCreateAsync("title", specs)).Select(Describe));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task What_a_key_protects_is_kept_and_found_by_content_and_by_id(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        KeySpec[] specs =
        [
            Spec("HD") with { Iv = [1, 2, 3, 4, 5, 6, 7, 8], MinPixels = 589_825, MaxPixels = 2_073_600, CryptoPeriod = 7 },
            Spec("AUDIO") with { Iv = new byte[16], MinChannels = 1, MaxChannels = 2, Quality = "lossless" },
            Spec("UHD2") with { RequestedKeyId = Chosen, MinPixels = 8_847_361 },
        ];
        var created = await node.Keys.GetOrCreateAsync("Größe/日本", specs);
        var found = await node.Keys.FindAsync([Chosen, created[1].KeyId, created[0].KeyId, Chosen, KeyId.Parse("00000000000000000000000000000001")]);
        Assert.Equal([created[2], created[1], created[0]], found, (left, right) => Describe(left) == Describe(right));

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], created[0].Iv);
        Assert.Equal((589_825, 2_073_600, 7), (created[0].MinPixels, created[0].MaxPixels, created[0].CryptoPeriod));
        Assert.Equal((1, 2, "lossless"), (created[1].MinChannels, created[1].MaxChannels, created[1].Quality));
        Assert.Equal((8_847_361, null), (created[2].MinPixels, created[2].MaxPixels));
        Assert.True(created[2].Info.IsRequested);

        var infos = await node.Keys.FindInfoByContentAsync("Größe/日本");
        Assert.Equal(["AUDIO", "UHD2", "HD"], infos.Select(info => info.Track));
        Assert.Equal(infos.Select(info => info.KeyId), (await node.Keys.FindInfoAsync([.. infos.Select(info => info.KeyId)])).Select(info => info.KeyId));
        Assert.Empty(await node.Keys.FindByContentAsync("unknown"));
        Assert.Empty(await node.Keys.FindAsync([]));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_chosen_key_id_that_is_taken_is_a_conflict_that_names_what_differs_and_creates_nothing(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        var chosen = Spec("SD") with { RequestedKeyId = Chosen };
        await node.Keys.GetOrCreateAsync("title", [chosen]);

        await AssertConflictAsync(node.Keys, "other", chosen, "content id");
        await AssertConflictAsync(node.Keys, "title", chosen with { Track = "HD" }, "track");
        await AssertConflictAsync(node.Keys, "title", chosen with { Scheme = ProtectionScheme.Cenc }, "scheme");
        await AssertConflictAsync(node.Keys, "title", chosen with { CryptoPeriod = 3 }, "crypto period");
        await AssertConflictAsync(node.Keys, "other", chosen with { Track = "HD", CryptoPeriod = 3 }, "content id", "track", "crypto period");
        Assert.Empty(await node.Keys.FindInfoByContentAsync("other"));
        Assert.Single(await node.Keys.FindInfoByContentAsync("title"));

        // An id that the vault chose and the packager echoes is the same key.
        var own = Assert.Single(await node.Keys.GetOrCreateAsync("title", [Spec("HD")]));
        var echoed = Assert.Single(await node.Keys.GetOrCreateAsync("title", [Spec("HD") with { RequestedKeyId = own.KeyId }]));
        Assert.Equal(Describe(own), Describe(echoed));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("a", true)]
    [InlineData("line\nbreak", false)]
    [InlineData("nul\0", false)]
    [InlineData("🎬", true)]
    public void Content_ids_are_bounded_text(string contentId, bool valid) => Assert.Equal(valid, KeyStore.IsValidContentId(contentId));

    [Fact]
    public void Content_ids_are_measured_in_bytes()
    {
        Assert.True(KeyStore.IsValidContentId(new string('a', 1024)));
        Assert.False(KeyStore.IsValidContentId(new string('a', 1025)));
        Assert.True(KeyStore.IsValidContentId(new string('é', 512)));
        Assert.False(KeyStore.IsValidContentId(new string('é', 513)));

        // Half of a surrogate pair has no UTF-8 form.
        Assert.False(KeyStore.IsValidContentId("half " + '\ud800'));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task The_longest_names_fit_every_index(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        // Random text, because PostgreSQL compresses what repeats before it measures.
        var content = System.Security.Cryptography.RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 1024);
        var spec = Spec(System.Security.Cryptography.RandomNumberGenerator.GetString("ABCDEFGHIJ0123456789", 128)) with { Quality = new string('q', 64), Iv = new byte[16], CryptoPeriod = long.MaxValue };
        var key = Assert.Single(await node.Keys.GetOrCreateAsync(content, [spec]));
        Assert.Equal(Describe(key), Describe(Assert.Single(await node.Keys.FindByContentAsync(content))));
    }

    internal static KeySpec Spec(string track) => new() { Track = track, Scheme = ProtectionScheme.Cbcs };

    internal static string Hex(VaultKey key) => Convert.ToHexStringLower(key.Key.Bytes);

    internal static string Describe(VaultKey key) =>
        $"{key.ContentId} {key.KeyId} {key.Track} {key.Scheme} {key.CryptoPeriod} {Convert.ToHexStringLower(key.Iv ?? [])} {key.MinPixels}-{key.MaxPixels} {key.MinChannels}-{key.MaxChannels} {key.Quality} {Hex(key)}";

    private static async Task AssertConflictAsync(KeyStore keys, string contentId, KeySpec spec, params string[] differences)
    {
        var conflict = await Assert.ThrowsAsync<KeyConflictException>(() => keys.GetOrCreateAsync(contentId, [KeyStoreTests.Spec("AUDIO"), spec]));
        Assert.Equal(differences, conflict.Differences);
        Assert.Equal(spec.RequestedKeyId, conflict.KeyId);
    }
}
