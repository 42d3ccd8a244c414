using Dapper;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class SecretTests(Servers servers)
{
    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_secret_is_made_once_and_is_the_same_on_every_node_through_a_rotation(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => (i % 2 == 0 ? one : two).Vault.GetOrCreateSecretAsync("log key", 32))));
        Assert.Single(answers.Select(Convert.ToHexString).Distinct());
        Assert.NotEqual(answers[0], await one.Vault.GetOrCreateSecretAsync("other", 32));

        var master = LocalMasterKey.FromFile(MasterKeyFactory.FileOf(new MasterKeyOptions(), place.DirectoryPath));
        await using (var rotation = await KeyRotation.OpenAsync(one.Database, master, new KeyStoreOptions()))
        {
            await rotation.RotateDataAsync();
            Assert.Single((await rotation.ReadStatusAsync()).DataKeys);
        }

        await using var fresh = await Node.OpenAsync(place);
        Assert.Equal(answers[0], await fresh.Vault.GetOrCreateSecretAsync("log key", 32));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_secret_of_another_size_or_row_is_refused(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        await node.Vault.GetOrCreateSecretAsync("one", 32);
        await Assert.ThrowsAsync<KeyVaultException>(() => node.Vault.GetOrCreateSecretAsync("one", 16));
        await Assert.ThrowsAsync<ArgumentException>(() => node.Vault.GetOrCreateSecretAsync("", 16));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => node.Vault.GetOrCreateSecretAsync("two", 0));
        await node.Vault.GetOrCreateSecretAsync("two", 32);
        await using var connection = await node.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update secrets set sealed = (select sealed from secrets where name = 'one') where name = 'two'");
        await Assert.ThrowsAsync<KeyVaultException>(() => node.Vault.GetOrCreateSecretAsync("two", 32));
    }
}
