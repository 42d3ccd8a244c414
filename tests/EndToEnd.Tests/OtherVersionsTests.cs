using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using DrmHub.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;
using static DrmHub.EndToEnd.Tests.Rehearsal;

namespace DrmHub.EndToEnd.Tests;

/// <summary>
/// Data that other versions wrote. tests/Vectors/upgrade holds what two earlier programs left behind, on each engine: the first that was whole (schema up to step 0201) and the last before
/// step 0103. What a later one may do to the schema is done to it here.
/// </summary>
public sealed class OtherVersionsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [SkippableTheory]
    [InlineData("first-sqlite")]
    [InlineData("first-postgresql")]
    [InlineData("second-sqlite")]
    [InlineData("second-postgresql")]
    public async Task What_an_earlier_program_left_is_there_after_an_upgrade(string snapshot)
    {
        using var folder = new TemporaryFolder();
        string[] storage = await RestoreAsync(snapshot, folder);
        var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(VectorOf(snapshot), "expected.json"))).RootElement;
        await using (var hub = await HubProcess.StartAsync(folder.Path, storage))
        {
            // Keys, and the credential that opens them.
            var keys = new Dictionary<string, string>();
            foreach (var content in (string[])["demo-old", "studio-film"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/cpix/" + content) { Headers = { { "X-API-Key", expected.GetProperty("apiKey").GetString() } } };
                using var answer = await hub.Http.SendAsync(request);
                var document = XDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
                foreach (var key in document.Descendants().Where(element => element.Name.LocalName == "ContentKey"))
                    keys[key.Attribute("kid")!.Value] = Convert.ToHexStringLower(Convert.FromBase64String(key.Descendants().Single(element => element.Name.LocalName == "PlainValue").Value));
            }

            Assert.Equal(expected.GetProperty("keys").Deserialize<SortedDictionary<string, string>>(), new SortedDictionary<string, string>(keys));

            // Rights that no later program knew of by itself, and what they give.
            hub.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await hub.TokenAsync("admin", "--role", "rights.read,audit.read"));
            Assert.Equal("studio-*", (await hub.Http.GetFromJsonAsync<JsonElement>("/rights/deals/studio")).GetProperty("content").GetProperty("patterns")[0].GetString());
            using var decided = await hub.Http.PostAsJsonAsync("/rights/decide", new { subscriber = "old-viewer", content = "studio-film" });
            Assert.True((await decided.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("granted").GetBoolean());

            // The log goes on where it was: the next head has what was asked for just now.
            long size = 0;
            for (var i = 0; i < 300 && size <= expected.GetProperty("entries").GetInt64(); i++)
            {
                await Task.Delay(100);
                size = long.Parse((await hub.Http.GetStringAsync("/audit/checkpoint")).Split('\n')[1], System.Globalization.CultureInfo.InvariantCulture);
            }

            Assert.True(size > expected.GetProperty("entries").GetInt64());
            Assert.True(await LoadAsync(folder.Path, hub) > 0);
        }

        await AssertLogVerifiesAsync(folder.Path, storage);
    }

    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task A_program_works_beside_one_that_added_to_the_schema_and_can_be_rolled_back_to(string engine)
    {
        Skip.If(engine == "postgresql" && postgres.Reason is not null, postgres.Reason);
        using var folder = new TemporaryFolder();
        string[] storage = engine == "postgresql" ? ["--Storage:PostgreSql=" + await postgres.CreateDatabaseAsync()] : [];
        await using (var hub = await HubProcess.StartAsync(folder.Path, storage))
        {
            // The other node starts while this one is at work.
            var load = LoadAsync(folder.Path, hub);
            await Task.Delay(TimeSpan.FromSeconds(2));
            await AddToEveryTableAsync(folder, storage);
            Assert.True(await load > 0);
        }

        await using (var again = await HubProcess.StartAsync(folder.Path, storage))
        {
            Assert.True(await LoadAsync(folder.Path, again) > 0);
            Assert.Contains("step 9901", again.Log, StringComparison.Ordinal);
        }

        await AssertLogVerifiesAsync(folder.Path, storage);
    }

    /// <summary>The most that an additive step may do: a column with a default in every table, and a table of its own.</summary>
    private static async Task AddToEveryTableAsync(TemporaryFolder folder, string[] storage)
    {
        await using System.Data.Common.DbConnection connection = storage is [var given] ? new NpgsqlConnection(given["--Storage:PostgreSql=".Length..]) : new SqliteConnection($"Data Source={folder["drmhub.db"]};Default Timeout=30");
        await connection.OpenAsync();
        var tables = new List<string>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = storage.Length == 0
                ? "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
                : "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        }

        Assert.True(tables.Count > 20);
        foreach (var statement in (string[])[.. tables.Select(table => $"alter table {table} add column added_later bigint not null default 7"), "create table later (id bigint primary key)", "insert into schema_version (version) values (9901)", "insert into schema_additions (version) values (9901)"])
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <returns>What the command line says of the database.</returns>
    private async Task<string[]> RestoreAsync(string snapshot, TemporaryFolder folder)
    {
        var source = VectorOf(snapshot);
        foreach (var file in (string[])["master.key", "tokens.pem"])
        {
            // A checkout is readable by others; a hub refuses a key that is.
            File.Copy(Path.Combine(source, file), folder[file]);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder[file], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        if (snapshot.EndsWith("sqlite", StringComparison.Ordinal))
        {
            await using var packed = new GZipStream(File.OpenRead(Path.Combine(source, "drmhub.db.gz")), CompressionMode.Decompress);
            await using var file = File.Create(folder["drmhub.db"]);
            await packed.CopyToAsync(file);
            return [];
        }

        Skip.If(postgres.Reason is not null, postgres.Reason);
        var database = await postgres.CreateDatabaseAsync();
        await using var data = NpgsqlDataSource.Create(database);
        using var dump = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(source, "dump.sql.gz")), CompressionMode.Decompress));
        await using var command = data.CreateCommand(await dump.ReadToEndAsync());
        await command.ExecuteNonQueryAsync();
        return ["--Storage:PostgreSql=" + database];
    }

    private static string VectorOf(string snapshot) => Path.Combine(Repository.Root, "tests/Vectors/upgrade", snapshot);
}
