using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Testing;
using static DrmHub.EndToEnd.Tests.Rehearsal;

namespace DrmHub.EndToEnd.Tests;

/// <summary>What docs/deployment.md promises: nodes are replaced under load without a failed licence, and a backup restores with a log that verifies.</summary>
public sealed class UpgradeTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [SkippableFact]
    public async Task Nodes_are_replaced_one_by_one_under_load_and_no_licence_fails()
    {
        Skip.If(postgres.Reason is not null, postgres.Reason);
        using var folder = new TemporaryFolder();
        var storage = "--Storage:PostgreSql=" + await postgres.CreateDatabaseAsync();

        // As in production: without draining, what is sent on a kept connection just when the node closes it is lost.
        Task<HubProcess> StartAsync(string node) => HubProcess.StartAsync(folder.Path, storage, "--Node=" + node, "--Shutdown:DrainSeconds=2", $"--Audit:SpoolFile={folder["spool-" + node]}", $"--Audit:SignerFile={folder["signed-" + node]}");
        await using var oldOne = await StartAsync("one");
        await using var two = await StartAsync("two");

        var first = LoadAsync(folder.Path, oldOne, two);
        await Task.Delay(TimeSpan.FromSeconds(3));
        await oldOne.StopAsync();
        var granted = await first;

        // The next node joins, the other goes.
        await using var newOne = await StartAsync("one");
        var second = LoadAsync(folder.Path, newOne, two);
        await Task.Delay(TimeSpan.FromSeconds(3));
        await two.StopAsync();
        granted += await second;

        Assert.True(granted > 100);
        await AssertLogVerifiesAsync(folder.Path, storage);
    }

    [Fact]
    public async Task A_copy_of_the_data_directory_restores_with_its_keys_and_its_log()
    {
        using var folder = new TemporaryFolder();
        using var restored = new TemporaryFolder();
        JsonElement before;
        await using (var hub = await HubProcess.StartAsync(folder.Path))
        {
            before = await hub.Http.GetFromJsonAsync<JsonElement>("/play/demo.json");
            Assert.True(await LoadAsync(folder.Path, hub) > 0);
        }

        foreach (var file in (string[])["drmhub.db", "master.key", "tokens.pem"]) File.Copy(folder[file], restored[file]);

        await using var again = await HubProcess.StartAsync(restored.Path);
        Assert.Equal(before.GetRawText(), (await again.Http.GetFromJsonAsync<JsonElement>("/play/demo.json")).GetRawText());
        Assert.True(await LoadAsync(restored.Path, again) > 0);
        await AssertLogVerifiesAsync(restored.Path);
    }

    [SkippableFact]
    public async Task A_dump_of_postgresql_restores_with_its_keys_and_its_log()
    {
        Skip.If(postgres.Reason is not null || !postgres.IsOwn, postgres.Reason ?? "The server is not this test's own.");
        using var folder = new TemporaryFolder();
        var (from, to) = (await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync());
        await using (var hub = await HubProcess.StartAsync(folder.Path, "--Storage:PostgreSql=" + from)) Assert.True(await LoadAsync(folder.Path, hub) > 0);

        await RunPostgresAsync("pg_dump", "-Fc", "-f", folder["dump"], NameOf(from));
        await RunPostgresAsync("pg_restore", "--exit-on-error", "-d", NameOf(to), folder["dump"]);

        // The node that comes back remembers nothing of the old one but the master key.
        using var restored = new TemporaryFolder();
        foreach (var file in (string[])["master.key", "tokens.pem"]) File.Copy(folder[file], restored[file]);
        await using var again = await HubProcess.StartAsync(restored.Path, "--Storage:PostgreSql=" + to);
        Assert.True(await LoadAsync(restored.Path, again) > 0);
        await AssertLogVerifiesAsync(restored.Path, "--Storage:PostgreSql=" + to);
    }

    private async Task RunPostgresAsync(string program, params string[] arguments)
    {
        var (code, _, error) = await Tools.RunAsync(Path.Combine(postgres.Binaries, program), ["-h", "127.0.0.1", "-p", $"{postgres.Port}", "-U", "drmhub", .. arguments]);
        Assert.True(code == 0, error);
    }

    private static string NameOf(string connection) => connection.Split(';').Select(part => part.Split('=')).First(pair => pair[0].Trim() == "Database")[1];
}
