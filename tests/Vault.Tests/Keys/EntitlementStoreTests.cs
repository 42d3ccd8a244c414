using Dapper;
using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class EntitlementStoreTests(Servers servers)
{
    private static readonly string[] Tracks = ["AUDIO", "SD", "HD"];

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Two_nodes_at_once_make_one_key_for_each_track_of_a_content(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => (i % 2 == 0 ? one : two).Keys.Entitlements.GetOrCreateAsync("channel", Tracks))));
        var first = Describe(answers[0]);
        Assert.Equal(Tracks, answers[0].Select(key => key.Track));
        Assert.Equal(3, first.Distinct().Count());
        Assert.All(answers, answer => Assert.Equal(first, Describe(answer)));
        Assert.Equal([null, 589_824L, 2_073_600L], answers[0].Select(key => key.MaxPixels));
        Assert.All(answers[0], key => Assert.True(key.Info.IsEntitlement && key.ContentId == "channel"));

        var other = Describe(await one.Keys.Entitlements.GetOrCreateAsync("other channel", Tracks));
        Assert.Empty(other.Intersect(first));
        Assert.Equal(Describe([answers[0][2], answers[0][0]]), Describe(await two.Keys.Entitlements.GetOrCreateAsync("channel", ["HD", "AUDIO"])));
        Assert.Equal(first.Order(), Describe(await two.Keys.Entitlements.FindByContentAsync("channel")).Order());
        Assert.Empty(await two.Keys.Entitlements.FindByContentAsync("nobody"));
        foreach (var key in answers.SelectMany(answer => answer)) key.Dispose();
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task No_question_for_content_keys_finds_an_entitlement_key_and_the_other_way_round(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        using var content = (await node.Keys.GetOrCreateAsync("title", [KeySpec.ForTrack(TrackType.SD, ProtectionScheme.Cenc)]))[0];
        using var entitlement = (await node.Keys.Entitlements.GetOrCreateAsync("title", ["SD"]))[0];

        Assert.Empty(await node.Keys.FindAsync([entitlement.KeyId]));
        Assert.Empty(await node.Keys.FindInfoAsync([entitlement.KeyId]));
        Assert.Equal([content.KeyId], (await node.Keys.FindInfoByContentAsync("title")).Select(key => key.KeyId));
        Assert.Empty((await node.Keys.Periods.ListAsync("title", 0, long.MaxValue, 10)).Keys);
        Assert.Empty(await node.Keys.Entitlements.FindAsync([content.KeyId]));
        Assert.Empty(await node.Keys.Entitlements.FindInfoAsync([content.KeyId]));

        // Whoever takes one for a content key fails rather than hands it out.
        Assert.Throws<InvalidOperationException>(() => entitlement.Key);
        Assert.Null(content.Entitlement);

        // A packager that chooses this very id for a content key gets a content key.
        using var chosen = (await node.Keys.GetOrCreateAsync("title", [new KeySpec { Track = "HD", Scheme = ProtectionScheme.Cenc, RequestedKeyId = entitlement.KeyId }]))[0];
        Assert.False(chosen.Info.IsEntitlement);
        using var still = Assert.Single(await node.Keys.Entitlements.FindAsync([entitlement.KeyId]));
        Assert.Equal(entitlement.Entitlement!.Bytes.ToArray(), still.Entitlement!.Bytes.ToArray());
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Keys_move_with_a_rotation_and_stay_what_they_are(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        var keys = await node.Keys.Entitlements.GetOrCreateAsync("title", Tracks);
        var before = Describe(keys);
        var master = LocalMasterKey.FromFile(MasterKeyFactory.FileOf(new MasterKeyOptions(), place.DirectoryPath));
        await using (var rotation = await KeyRotation.OpenAsync(node.Database, master, new KeyStoreOptions()))
        {
            await rotation.RotateDataAsync();
            Assert.Single((await rotation.ReadStatusAsync()).DataKeys); // The old data key is gone: nothing is left under it.
        }

        Assert.Equal(before, Describe(await node.Keys.Entitlements.FindAsync([.. keys.Select(key => key.KeyId)])));
        await using var fresh = await Node.OpenAsync(place);
        Assert.Equal(before, Describe(await fresh.Keys.Entitlements.FindAsync([.. keys.Select(key => key.KeyId)])));
        Assert.Equal(before, Describe(await fresh.Keys.Entitlements.GetOrCreateAsync("title", Tracks)));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_row_that_was_changed_does_not_open(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        var keys = await node.Keys.Entitlements.GetOrCreateAsync("title", ["SD", "HD"]);
        await using var connection = await node.Database.OpenConnectionAsync();
        foreach (var forgery in (string[])
                 [
                     "update entitlement_keys set track = case track when 'SD' then 'UHD1' else track end",
                     "update entitlement_keys set content_id = 'cheaper title'",
                     "update entitlement_keys set sealed = (select sealed from entitlement_keys where track = 'HD')",
                 ])
        {
            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await connection.ExecuteAsync("create table kept as select * from entitlement_keys", transaction: transaction);
                await connection.ExecuteAsync(forgery, transaction: transaction);
                await transaction.CommitAsync();
            }

            await using var other = await Node.OpenAsync(place);
            await Assert.ThrowsAsync<KeyVaultException>(() => other.Keys.Entitlements.FindAsync([.. keys.Select(key => key.KeyId)]));
            await connection.ExecuteAsync("delete from entitlement_keys");
            await connection.ExecuteAsync("insert into entitlement_keys select * from kept");
            await connection.ExecuteAsync("drop table kept");
        }
    }

    [Fact]
    public async Task Names_outside_their_range_are_refused_before_anything_is_made()
    {
        using var place = await TestDatabase.CreateAsync(Engine.Sqlite, servers);
        await using var node = await Node.OpenAsync(place);
        await Assert.ThrowsAsync<ArgumentException>(() => node.Keys.Entitlements.GetOrCreateAsync("", Tracks));
        await Assert.ThrowsAsync<ArgumentException>(() => node.Keys.Entitlements.GetOrCreateAsync("title", ["SD", "SD"]));
        await Assert.ThrowsAsync<ArgumentException>(() => node.Keys.Entitlements.GetOrCreateAsync("title", ["SD", "a\nb"]));
        Assert.Empty(await node.Keys.Entitlements.FindByContentAsync("title"));
    }

    private static List<string> Describe(IReadOnlyList<VaultKey> keys) => [.. keys.Select(key => $"{key.Track} {key.KeyId} {Convert.ToHexString(key.Entitlement!.Bytes)}")];
}
