using System.Diagnostics;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;

namespace DrmHub.Host.Tests.Commands;

public sealed class KeysCommandTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("drmhub-keys-").FullName;

    [Fact]
    public async Task Rotation_from_the_command_line_beside_an_open_vault_keeps_every_key()
    {
        await using var database = await Database.OpenAsync(new StorageOptions { DataDirectory = _data });
        await using var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), _data, isProduction: false);
        var before = await FillAsync(vault.Keys, 40);

        var first = await StatusAsync();
        Assert.Equal(0, (await RunAsync("rotate-master", "--forget-old")).Code);
        Assert.Equal(0, (await RunAsync("rotate-data")).Code);
        var second = await StatusAsync();
        Assert.NotEqual(first.CurrentMasterKeyId, second.CurrentMasterKeyId);
        Assert.NotEqual(Assert.Single(first.DataKeys).Id, Assert.Single(second.DataKeys).Id);
        Assert.Equal((0, 0L, 40L), (second.WaitingForMaster, second.WaitingForData, second.DataKeys[0].ContentKeys));
        Assert.Single(File.ReadLines(Path.Combine(_data, "master.key")), line => !line.StartsWith('#'));
        Assert.Equal(before, await ReadAsync(vault.Keys, 40));

        await vault.Keys.GetOrCreateAsync("later", [new KeySpec { Track = "SD", Scheme = ProtectionScheme.Cbcs }]);
        await using var fresh = await KeyVault.OpenAsync(database, new KeyStoreOptions(), _data, isProduction: false);
        Assert.Equal(before, await ReadAsync(fresh.Keys, 40));
        Assert.Single(await fresh.Keys.FindByContentAsync("later"));
    }

    [Fact]
    public async Task A_lost_master_key_is_restored_from_its_shares()
    {
        string[] before;
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = _data }))
        await using (var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), _data, isProduction: false))
            before = await FillAsync(vault.Keys, 3);

        var printed = await RunAsync("split", "--threshold", "2", "--shares", "3");
        Assert.Equal(0, printed.Code);
        var shares = printed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, shares.Length);
        var directory = Path.Combine(_data, "shares");
        Assert.Equal(0, (await RunAsync("split", "--threshold", "2", "--shares", "3", "--out", directory)).Code);
        File.Delete(Path.Combine(_data, "master.key"));

        // Nobody makes a new master key beside keys that need the old one.
        Assert.Equal(1, (await RunAsync("status")).Code);
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = _data }))
            await Assert.ThrowsAsync<Vault.Keys.MasterKeys.MasterKeyException>(() => KeyVault.OpenAsync(database, new KeyStoreOptions(), _data, isProduction: false));
        Assert.False(File.Exists(Path.Combine(_data, "master.key")));

        var tooFew = await RunAsync(["combine"], shares[0]);
        Assert.Equal(1, tooFew.Code);
        Assert.Contains("2 shares are needed", tooFew.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(["combine", Path.Combine(directory, "share-1.txt")], shares[0])).Code);
        Assert.Equal(0, (await RunAsync(["combine"], shares[2] + "\n\n" + shares[0])).Code);
        File.Delete(Path.Combine(_data, "master.key"));
        Assert.Equal(0, (await RunAsync("combine", Path.Combine(directory, "share-1.txt"), Path.Combine(directory, "share-3.txt"))).Code);
        Assert.Equal(0, (await RunAsync("status")).Code);

        await using var reopened = await Database.OpenAsync(new StorageOptions { DataDirectory = _data });
        await using var restored = await KeyVault.OpenAsync(reopened, new KeyStoreOptions(), _data, isProduction: false);
        Assert.Equal(before, await ReadAsync(restored.Keys, 3));
    }

    [Theory]
    [InlineData("split --threshold 4 --shares 3", 2)]
    [InlineData("split --threshold 1 --shares 3", 2)]
    [InlineData("split --shares 3", 2)]
    [InlineData("nonsense", 2)]
    [InlineData("status", 1)]
    [InlineData("status --Vault:MasterKey:Source=Environment", 1)]
    public async Task Wrong_usage_ends_with_2_and_failure_with_1(string words, int code)
    {
        var result = await RunAsync(words.Split(' '));
        Assert.Equal(code, result.Code);
        Assert.NotEmpty(result.Error);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_data, recursive: true);
    }

    private static async Task<string[]> FillAsync(KeyStore keys, int count)
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, count), async (i, token) =>
        {
            foreach (var key in await keys.GetOrCreateAsync($"title-{i}", [new KeySpec { Track = "SD", Scheme = ProtectionScheme.Cbcs }], token)) key.Dispose();
        });
        return await ReadAsync(keys, count);
    }

    private static async Task<string[]> ReadAsync(KeyStore keys, int count)
    {
        var all = new string[count];
        for (var i = 0; i < count; i++)
        {
            using var key = Assert.Single(await keys.FindByContentAsync($"title-{i}"));
            all[i] = $"{key.KeyId}:{Convert.ToHexString(key.Key.Bytes)}";
        }

        return all;
    }

    private async Task<KeyStatus> StatusAsync()
    {
        var result = await RunAsync("status", "--json");
        Assert.Equal(0, result.Code);
        return JsonSerializer.Deserialize<KeyStatus>(result.Output, JsonSerializerOptions.Web)!;
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] words) => RunAsync(words, "");

    private async Task<(int Code, string Output, string Error)> RunAsync(string[] words, string input)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])[Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), "keys", words[0], "--data", _data, .. words[1..]]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
