using System.Security.Cryptography;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class AzureMasterKeyTests(Servers servers)
{
    private static readonly byte[] Plain = RandomNumberGenerator.GetBytes(48);

    [Fact]
    public async Task Wraps_with_the_newest_version_and_unwraps_what_an_older_one_wrapped()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        var key = vault.Open();
        var old = await key.WrapAsync(Plain, default);
        Assert.Equal(old.MasterKeyId, await key.GetCurrentIdAsync(default));
        var version = vault.AddVersion();
        var current = await key.WrapAsync(Plain, default);

        Assert.EndsWith("/keys/master/" + version, current.MasterKeyId, StringComparison.Ordinal);
        Assert.Equal(current.MasterKeyId, await key.GetCurrentIdAsync(default));
        Assert.NotEqual(old.MasterKeyId, current.MasterKeyId);
        Assert.Equal(Plain, await key.UnwrapAsync(old, default));
        Assert.Equal(Plain, await key.UnwrapAsync(current, default));
        Assert.Equal(256, current.Bytes.Length);

        // One challenge, without a body; one token for all.
        Assert.Equal([0], vault.UnauthorizedBodies);
        Assert.Equal([$"/{KeyVaultSimulator.Tenant}/oauth2/v2.0/token"], vault.TokenRequests.Select(request => request.Split(' ')[0]));
    }

    [Fact]
    public async Task A_pinned_version_wraps_though_a_newer_one_exists()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        var pinned = vault.AddVersion();
        vault.AddVersion();
        var key = vault.Open(pinned);
        Assert.EndsWith(pinned, (await key.WrapAsync(Plain, default)).MasterKeyId, StringComparison.Ordinal);
        Assert.EndsWith(pinned, await key.GetCurrentIdAsync(default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Throttling_is_waited_out_as_the_vault_asks()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        vault.Failures.Enqueue((429, 1));
        vault.Failures.Enqueue((429, null));
        var key = vault.Open();
        Assert.Equal(Plain, await key.UnwrapAsync(await key.WrapAsync(Plain, default), default));
        Assert.Empty(vault.Failures);
    }

    [Fact]
    public async Task A_long_retry_after_ends_at_the_deadline()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        vault.Failures.Enqueue((429, 3600));
        var failure = await Assert.ThrowsAsync<MasterKeyException>(async () => await vault.Open(deadline: TimeSpan.FromSeconds(1)).WrapAsync(Plain, default));
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task A_storm_of_errors_is_retried_then_told_as_transient()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        foreach (var status in (int[])[500, 503, 502]) vault.Failures.Enqueue((status, null));
        var key = vault.Open();
        var wrapped = await key.WrapAsync(Plain, default);

        vault.Outage = 503;
        var failure = await Assert.ThrowsAsync<MasterKeyException>(async () => await key.UnwrapAsync(wrapped, default));
        Assert.True(failure.IsTransient);
        Assert.Contains("503", failure.Message, StringComparison.Ordinal);
        vault.Outage = null;
        Assert.Equal(Plain, await key.UnwrapAsync(wrapped, default));
    }

    [Fact]
    public async Task A_vault_that_hangs_does_not_hold_the_caller()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        var key = vault.Open(deadline: TimeSpan.FromSeconds(2));
        await key.GetCurrentIdAsync(default);
        vault.Hangs = true;
        Assert.True((await Assert.ThrowsAsync<MasterKeyException>(async () => await key.WrapAsync(Plain, default))).IsTransient);
    }

    [Fact]
    public async Task A_disabled_version_is_refused_for_good()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        var version = vault.AddVersion();
        var key = vault.Open();
        var wrapped = await key.WrapAsync(Plain, default);
        vault.Disable(version);
        var failure = await Assert.ThrowsAsync<MasterKeyException>(async () => await key.UnwrapAsync(wrapped, default));
        Assert.False(failure.IsTransient);
        Assert.Contains("403", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_tenant_gets_nothing()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        // The vault belongs to the tenant of its challenge; the credential to another, which does not allow that one.
        var foreign = vault.Open(tenant: "99999999-2222-3333-4444-555555555555");
        Assert.False((await Assert.ThrowsAsync<MasterKeyException>(async () => await foreign.WrapAsync(Plain, default))).IsTransient);

        // And a challenge that leads to the credential's own tenant brings a token that the vault refuses.
        vault.ChallengeTenant = "99999999-2222-3333-4444-555555555555";
        var failure = await Assert.ThrowsAsync<MasterKeyException>(async () => await vault.Open(tenant: vault.ChallengeTenant).WrapAsync(Plain, default));
        Assert.Contains("401", failure.Message, StringComparison.Ordinal);
        Assert.Empty(vault.Operations);
    }

    [Fact]
    public async Task A_host_outside_the_resource_gets_no_token_and_no_body()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        var key = vault.Open(host: "examplevault.local.test");
        var failure = await Assert.ThrowsAsync<MasterKeyException>(async () => await key.WrapAsync(Plain, default));
        Assert.Contains("another service", failure.Message, StringComparison.Ordinal);
        Assert.Empty(vault.TokenRequests);
        Assert.All(vault.UnauthorizedBodies, length => Assert.Equal(0, length));
    }

    [Fact]
    public async Task Demanded_claims_are_asked_for_again()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        var key = vault.Open();
        var wrapped = await key.WrapAsync(Plain, default);
        vault.DemandedClaims = "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1700000000\"}}}";
        Assert.Equal(Plain, await key.UnwrapAsync(wrapped, default));
        Assert.Contains(vault.TokenRequests, request => request.Contains("1700000000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_of_another_vault_or_key_is_not_followed()
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        var key = vault.Open();
        var wrapped = await key.WrapAsync(Plain, default);
        foreach (var id in (string[])["https://evil.vault.local.test/keys/master/" + new string('0', 32), "https://demo.vault.local.test/keys/other/1", "https://demo.vault.local.test/keys/master/../other/1", "https://demo.vault.local.test/keys/master/", "local:00"])
            await Assert.ThrowsAsync<MasterKeyException>(async () => await key.UnwrapAsync(wrapped with { MasterKeyId = id }, default));
        Assert.DoesNotContain("unwrapkey", vault.Operations);

        // What another version wrapped does not unwrap.
        var other = vault.AddVersion();
        await Assert.ThrowsAsync<MasterKeyException>(async () => await key.UnwrapAsync(wrapped with { MasterKeyId = "https://demo.vault.local.test/keys/master/" + other }, default));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_start_asks_once_for_each_data_key_and_an_outage_afterwards_stops_nothing(Engine engine)
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var database = await place.OpenAsync();
        var options = new KeyStoreOptions { DataKeys = new DataKeyOptions { MaxKeys = 2 } };
        await using (var first = await KeyStore.OpenAsync(database, vault.Open(), options))
        {
            for (var i = 0; i < 5; i++) await first.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD")]);
        }

        vault.Operations.Clear();
        await using var store = await KeyStore.OpenAsync(database, vault.Open(), options);
        Assert.Equal(["unwrapkey", "unwrapkey", "unwrapkey"], vault.Operations);
        vault.Outage = 503;
        for (var i = 0; i < 5; i++) Assert.Single(await store.FindByContentAsync($"title-{i}"));

        // New keys go on too: the data key in use serves beyond its count until the vault is back.
        Assert.Single(await store.GetOrCreateAsync("title-5", [KeyStoreTests.Spec("SD")]));
        Assert.Single(await store.GetOrCreateAsync("title-6", [KeyStoreTests.Spec("SD")]));
        await Assert.ThrowsAsync<MasterKeyException>(() => KeyStore.OpenAsync(database, vault.Open(), options));
    }
}
