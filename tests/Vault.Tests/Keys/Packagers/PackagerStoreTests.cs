using Dapper;
using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage;
using DrmHub.Vault.Tests.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Vault.Tests.Keys.Packagers;

[Collection(ServerCollection.Name)]
public sealed class PackagerStoreTests(Servers servers)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task What_one_node_adds_and_revokes_another_knows_after_half_a_second(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        using var here = await PackagerStore.OpenAsync(one.Database, one.Vault, _time);
        using var there = await PackagerStore.OpenAsync(two.Database, two.Vault, _time);
        Assert.Empty((await there.GetAsync()).Packagers);

        var issued = await here.AddAsync(
            new Packager { Name = "studio", Patterns = ["film-*", "trailer"], Systems = [DrmSystem.Widevine], PlainKeys = false, Rate = 7, Certificate = [1, 2, 3] }, CredentialKind.ApiKey);
        Assert.NotNull(issued?.Secret);
        Assert.Empty((await there.GetAsync()).Packagers);
        _time.Advance(PackagerStore.MaxAge);
        var directory = await there.GetAsync();
        var packager = Assert.Single(directory.Packagers);
        Assert.Equal(("studio", false, 7, _time.GetUtcNow() - PackagerStore.MaxAge), (packager.Name, packager.PlainKeys, packager.Rate, packager.CreatedAt));
        Assert.Equal(["film-*", "trailer"], packager.Patterns);
        Assert.Equal([DrmSystem.Widevine], packager.Systems);
        Assert.Equal([1, 2, 3], packager.Certificate);

        Assert.True(PackagerSecrets.TrySplitApiKey(issued.Secret, out var identifier, out var secret));
        var credential = Assert.Single(directory.Find(CredentialKind.ApiKey, identifier, _time.GetUtcNow()));
        Assert.Equal(PackagerSecrets.Hash(secret), credential.Kept.ToArray());
        Assert.Empty(directory.Find(CredentialKind.Basic, identifier, _time.GetUtcNow()));

        Assert.True(await here.RevokeAsync("studio"));
        Assert.False(await here.RevokeAsync("studio"));
        Assert.NotNull(Assert.Single((await here.GetAsync()).Packagers).RevokedAt);
        _time.Advance(PackagerStore.MaxAge);
        Assert.NotNull(Assert.Single((await there.GetAsync()).Packagers).RevokedAt);
        Assert.Null(await here.RotateAsync("studio", CredentialKind.ApiKey, null, TimeSpan.Zero));
        Assert.Null(await here.AddAsync(new Packager { Name = "studio" }, CredentialKind.ApiKey));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_rotated_credential_ends_at_once_or_after_its_grace(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        using var store = await PackagerStore.OpenAsync(node.Database, node.Vault, _time);
        await store.AddAsync(new Packager { Name = "studio" }, CredentialKind.Basic);
        var first = await KeptAsync(store);
        await store.RotateAsync("studio", CredentialKind.Basic, null, TimeSpan.FromHours(1));
        var both = await KeptAsync(store);
        Assert.Equal(2, both.Count);
        Assert.Contains(first[0], both);
        _time.Advance(TimeSpan.FromHours(1));
        var second = Assert.Single(await KeptAsync(store));
        Assert.NotEqual(first[0], second);
        await store.RotateAsync("studio", CredentialKind.Basic, null, TimeSpan.Zero);
        Assert.NotEqual(second, Assert.Single(await KeptAsync(store)));

        await store.RotateAsync("studio", CredentialKind.Aws, null, TimeSpan.Zero);
        Assert.Single(await KeptAsync(store));
        Assert.True(await store.RevokeAsync("studio", CredentialKind.Basic));
        Assert.False(await store.RevokeAsync("studio", CredentialKind.Basic));
        Assert.Empty(await KeptAsync(store));
        Assert.True((await store.GetAsync()).Uses(CredentialKind.Aws));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_row_that_was_changed_opens_nothing_and_shuts_out_nobody_else(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        using var store = await PackagerStore.OpenAsync(node.Database, node.Vault, _time);
        foreach (var name in (string[])["one", "two", "three"]) await store.AddAsync(new Packager { Name = name }, CredentialKind.Digest);
        await using (var connection = await node.Database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync("update packager_credentials set packager = 'three' where packager = 'one'");
            await connection.ExecuteAsync("update packager_credentials set sealed = (select sealed from packager_credentials where identifier = 'one') where identifier = 'two'");
            await connection.ExecuteAsync("update packagers_version set version = version + 1");
        }

        _time.Advance(PackagerStore.MaxAge);
        Assert.Equal("three", Assert.Single((await store.GetAsync()).Credentials).Identifier);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Credentials_survive_a_rotation_of_the_data_keys_and_are_not_in_the_database_in_the_clear(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        using var store = await PackagerStore.OpenAsync(node.Database, node.Vault, _time);
        var issued = await store.AddAsync(new Packager { Name = "studio" }, CredentialKind.Aws);
        var master = LocalMasterKey.FromFile(MasterKeyFactory.FileOf(new MasterKeyOptions(), place.DirectoryPath));
        await using (var rotation = await KeyRotation.OpenAsync(node.Database, master, new KeyStoreOptions())) await rotation.RotateDataAsync();

        await using var fresh = await Node.OpenAsync(place);
        using var again = await PackagerStore.OpenAsync(fresh.Database, fresh.Vault, _time);
        var credential = Assert.Single((await again.GetAsync()).Find(CredentialKind.Aws, issued!.Identifier, _time.GetUtcNow()));
        Assert.Equal(issued.Secret, System.Text.Encoding.UTF8.GetString(credential.Kept));
        await using var connection = await fresh.Database.OpenConnectionAsync();
        var box = await connection.QuerySingleAsync<byte[]>("select sealed from packager_credentials");
        Assert.Equal(-1, box.AsSpan().IndexOf(credential.Kept));
    }

    [Fact]
    public async Task Where_the_database_does_not_answer_an_old_list_admits_nobody()
    {
        using var place = await TestDatabase.CreateAsync(Engine.Sqlite, servers);
        await using var node = await Node.OpenAsync(place);
        using var store = await PackagerStore.OpenAsync(node.Database, node.Vault, _time);
        await store.AddAsync(new Packager { Name = "studio" }, CredentialKind.ApiKey);
        Assert.Single((await store.GetAsync()).Packagers);
        await using (var connection = await node.Database.OpenConnectionAsync()) await connection.ExecuteAsync("alter table packagers_version rename to gone");
        Assert.Single((await store.GetAsync()).Packagers);
        _time.Advance(PackagerStore.MaxAge);
        await Assert.ThrowsAsync<StorageException>(() => store.GetAsync().AsTask());
    }

    [Theory]
    [InlineData("", "a", 1)]
    [InlineData("with space", "a", 1)]
    [InlineData("with:colon", "a", 1)]
    [InlineData("loopback", "a", 1)]
    [InlineData("studio", "a*b", 1)]
    [InlineData("studio", "", 1)]
    [InlineData("studio", "line\nfeed", 1)]
    [InlineData("studio", "a", 0)]
    [InlineData("studio", "a", 100_001)]
    public void What_is_outside_its_range_is_refused(string name, string pattern, int rate) =>
        Assert.Throws<ArgumentException>(() => new Packager { Name = name, Patterns = [pattern], Rate = rate }.Validate());

    [Theory]
    [InlineData("film-1", true)]
    [InlineData("film-", true)]
    [InlineData("film", false)]
    [InlineData("Film-1", false)]
    [InlineData("xfilm-1", false)]
    [InlineData("exact", true)]
    [InlineData("exact1", false)]
    public void A_pattern_is_a_prefix_or_the_whole(string contentId, bool allowed) =>
        Assert.Equal(allowed, new Packager { Name = "p", Patterns = ["film-*", "exact"] }.MayAskFor(contentId));

    [Fact]
    public void No_limit_is_no_limit_and_an_unknown_system_is_outside_every_limit()
    {
        Assert.True(new Packager { Name = "p" }.MayAskFor("anything"));
        Assert.True(new Packager { Name = "p" }.MayAskFor((DrmSystem?)null));
        var limited = new Packager { Name = "p", Systems = [DrmSystem.FairPlay] };
        Assert.True(limited.MayAskFor(DrmSystem.FairPlay));
        Assert.False(limited.MayAskFor(DrmSystem.Widevine));
        Assert.False(limited.MayAskFor((DrmSystem?)null));
    }

    private async Task<List<string>> KeptAsync(PackagerStore store) =>
        [.. (await store.GetAsync()).Find(CredentialKind.Basic, "studio", _time.GetUtcNow()).Select(each => Convert.ToHexString(each.Kept))];
}
