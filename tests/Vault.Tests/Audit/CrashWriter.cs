using System.Globalization;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>
/// A node under load: many writers, each of which reports a request after it was answered, and the heads that were published.
/// It runs until it is killed.
/// </summary>
internal static class CrashWriter
{
    private const int Writers = 24;

    /// <param name="folder">The data directory, which processes share on SQLite.</param>
    /// <param name="own">Where this node keeps what is its own.</param>
    public static async Task<int> RunAsync(string folder, string postgreSql, string own)
    {
        var database = await Database.OpenAsync(new StorageOptions { DataDirectory = folder, PostgreSql = postgreSql.Length == 0 ? null : postgreSql });
        var node = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await using var log = await AuditLog.OpenAsync(
            database,
            AuditStore.DefaultOptions with { Node = node, SpoolFile = Path.Combine(own, "spool"), SignerFile = Path.Combine(own, "signed") },
            TimeProvider.System);
        await using var output = Console.OpenStandardOutput();
        using var gate = new SemaphoreSlim(1, 1);
        await Task.WhenAll([.. Enumerable.Range(0, Writers).Select(WriteAsync), HeadsAsync()]);
        return 0;

        async Task WriteAsync(int writer)
        {
            for (var i = 0; ; i++)
            {
                var request = $"{node}-{writer}-{i}";
                await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "s" + writer, RequestId = request, Address = "192.0.2.1" });
                await ReportAsync("answered " + request);
            }
        }

        async Task HeadsAsync()
        {
            while (true)
            {
                if (log.Stopped is { } reason) await ReportAsync("stopped " + reason);
                if (await log.Tree.HeadAsync() is { } head) await ReportAsync("head " + Convert.ToBase64String(head.Note.ToBytes()));
                await Task.Delay(5);
            }
        }

        async Task ReportAsync(string line)
        {
            await gate.WaitAsync();
            await output.WriteAsync(System.Text.Encoding.ASCII.GetBytes(line + "\n"));
            gate.Release();
        }
    }
}
