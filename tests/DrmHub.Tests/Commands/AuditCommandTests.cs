using System.Text.Json;
using DrmHub.Host.Commands;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Storage;

namespace DrmHub.DrmHub.Tests.Commands;

public sealed class AuditCommandTests
{
    [Fact]
    public async Task The_log_of_a_data_directory_is_listed_exported_checked_and_erased_from()
    {
        using var folder = new TemporaryFolder();
        var data = folder["data"];
        await FillAsync(data);

        var list = DrmHubProgram.Run("audit", "list", "--data", data, "--json", "--kind", "license.granted");
        Assert.Equal((0, 3), (list.ExitCode, Lines(list.Output).Length));
        Assert.Equal("demo-title", JsonDocument.Parse(Lines(list.Output)[0]).RootElement.GetProperty("entry").GetProperty("content").GetString());
        Assert.Equal(2, DrmHubProgram.Run("audit", "list", "--data", data, "--kind", "nonsense").ExitCode);

        var key = DrmHubProgram.Run("audit", "key", "--data", data).Output.Trim();
        Assert.Equal(0, DrmHubProgram.Run("audit", "export", "--data", data, "--out", folder["log"]).ExitCode);
        Assert.Equal(0, DrmHubProgram.Run("audit", "export", "--data", data, "--out", folder["log.tar"]).ExitCode);
        Assert.Equal(0, DrmHubProgram.Run("audit", "export", "--data", data, "--out", folder["log.csv"]).ExitCode);
        Assert.StartsWith("index,at,kind", File.ReadAllText(folder["log.csv"]), StringComparison.Ordinal);
        Assert.Equal(0, DrmHubProgram.Run("audit", "verify", "--export", folder["log"], "--key", key).ExitCode);
        Assert.Equal(0, DrmHubProgram.Run("audit", "verify", "--export", folder["log.tar"], "--key", key, "--known", Path.Combine(folder["log"], "checkpoint")).ExitCode);
        Assert.Equal(0, DrmHubProgram.Run("audit", "verify", "--data", data).ExitCode);
        Assert.Equal(2, DrmHubProgram.Run("audit", "verify", "--export", folder["log"]).ExitCode);

        var count = DrmHubProgram.Run("audit", "count", "--by", "kind", "--data", data, "--json");
        Assert.Equal((0, """{"value":"license.granted","entries":3}"""), (count.ExitCode, Lines(count.Output)[0]));
        Assert.Equal(2, DrmHubProgram.Run("audit", "count", "--data", data).ExitCode);

        var licensed = DrmHubProgram.Run("audit", "licensed", "--content", "demo-title", "--country", "in", "--export", folder["log.tar"], "--key", key, "--json");
        var answer = JsonDocument.Parse(licensed.Output).RootElement;
        Assert.Equal((0, true, true, 3), (licensed.ExitCode, answer.GetProperty("licensed").GetBoolean(), answer.GetProperty("complete").GetBoolean(), answer.GetProperty("grants").GetArrayLength()));
        var absent = DrmHubProgram.Run("audit", "licensed", "--content", "demo-title", "--country", "DE", "--data", data);
        Assert.Equal((0, "No licence for demo-title in DE. 4 of 4 entries were read, and all are as they were logged."), (absent.ExitCode, absent.Output.Trim()));
        Assert.Equal(2, DrmHubProgram.Run("audit", "licensed", "--content", "demo-title", "--country", "DE", "--export", folder["log"]).ExitCode);

        Assert.Equal(0, DrmHubProgram.Run("audit", "erase", "demo-premium", "--data", data).ExitCode);
        Assert.Equal(1, DrmHubProgram.Run("audit", "erase", "demo-premium", "--data", data).ExitCode);
        Assert.Equal(0, DrmHubProgram.Run("audit", "verify", "--data", data).ExitCode);

        var bundle = Path.Combine(folder["log"], "tile", "entries", "000.p", "4");
        var bytes = await File.ReadAllBytesAsync(bundle);
        bytes[^5] ^= 1;
        await File.WriteAllBytesAsync(bundle, bytes);
        var damaged = DrmHubProgram.Run("audit", "verify", "--export", folder["log"], "--key", key);
        Assert.Equal((1, "Entry 3 was changed."), (damaged.ExitCode, damaged.Output.Trim()));
    }

    private static async Task FillAsync(string data)
    {
        Directory.CreateDirectory(data);
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = data }))
        await using (await KeyVault.OpenAsync(database, new KeyStoreOptions(), data, isProduction: false))
        {
            // Makes the master key, as the server's first start does.
        }

        await AuditSetup.WithLogAsync(data, [], async log =>
        {
            for (var i = 0; i < 3; i++) await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "demo-premium", ContentId = "demo-title", Country = "IN" });
            await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseRefused, ReasonCode = "deal.none" });
            while ((await log.Tree.HeadAsync())?.Head.Size is not 4) await Task.Delay(20);
            return 0;
        }, CancellationToken.None);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
