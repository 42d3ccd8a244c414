using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Formats.Tar;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Verify;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditStreamTests
{
    [Fact]
    public async Task Exports_are_complete_in_every_format()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(i => log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "s", ContentId = i % 2 == 0 ? "=even,\"x\"" : "odd" })));
        await AuditTreeTests.HeadAsync(log, 1500);
        await using var server = await AuditServer.StartAsync(log);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous.GetAsync("/audit/export")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Reader.GetAsync("/audit/export?format=xml")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Reader.GetAsync("/audit/export?nonsense=1")).StatusCode);

        var lines = (await server.Reader.GetStringAsync("/audit/export?content=odd")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(750, lines.Length);
        Assert.All(lines, line => Assert.Equal("odd", JsonDocument.Parse(line).RootElement.GetProperty("entry").GetProperty("content").GetString()));

        var csv = (await server.Reader.GetStringAsync("/audit/export?format=csv&kind=license.granted")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1501, csv.Length);
        Assert.Contains(csv, line => line.Contains(",\"'=even,\"\"x\"\"\",", StringComparison.Ordinal));

        var folder = Path.Combine(store.Folder, "tar");
        Directory.CreateDirectory(folder);
        await using (var tar = await server.Reader.GetStreamAsync("/audit/export?format=tar")) await TarFile.ExtractToDirectoryAsync(tar, folder, overwriteFiles: false);
        using var source = LogSource.Folder(folder);
        var verdict = await AuditVerifier.VerifyAsync(source, log.Tree.Key);
        Assert.True(verdict.IsSound && verdict.Checked == 1500, verdict.Message);
    }

    [Fact]
    public async Task A_tail_goes_on_where_its_follower_stopped()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await using var server = await AuditServer.StartAsync(log);
        for (var i = 0; i < 5; i++) await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await log.QueryAsync(new AuditQuery());
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Reader.GetAsync("/audit/stream?from=x")).StatusCode);
        Assert.Equal([2, 3, 4], (await server.Reader.GetStringAsync("/audit/stream?from=2&follow=false")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(IndexOf));

        using var reader = new StreamReader(await server.Reader.GetStreamAsync("/audit/stream?from=4"));
        Assert.Equal(4, IndexOf((await reader.ReadLineAsync())!));
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        Assert.Equal(5, IndexOf((await reader.ReadLineAsync())!));

        static long IndexOf(string line) => JsonDocument.Parse(line).RootElement.GetProperty("index").GetInt64();
    }

    [Fact]
    public async Task A_webhook_gets_every_entry_in_order_signed_and_again_after_a_failure()
    {
        var bodies = new ConcurrentQueue<(string Signature, byte[] Body)>();
        var failing = 1;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var receiver = builder.Build();
        receiver.MapPost("/hook", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            if (Interlocked.Exchange(ref failing, 0) == 1) return Results.StatusCode(500);
            bodies.Enqueue((context.Request.Headers["DrmHub-Signature"].ToString(), body.ToArray()));
            return Results.Ok();
        });
        await receiver.StartAsync();
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync(AuditStore.DefaultOptions with
        {
            Webhooks = [new WebhookOptions { Name = "siem", Url = new Uri(receiver.Urls.First() + "/hook"), Secret = "whsec" }],
        });
        for (var i = 0; i < 250; i++) await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });

        await CrashTests.WaitAsync(() => bodies.Sum(body => Entries(body.Body).Count) >= 250);
        Assert.Equal(Enumerable.Range(0, 250).Select(i => (long)i), bodies.SelectMany(body => Entries(body.Body)));
        foreach (var (signature, body) in bodies)
        {
            var parts = signature.Split(["t=", ",v1="], StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData("whsec"u8, (byte[])[.. System.Text.Encoding.ASCII.GetBytes(parts[0] + "."), .. body])), parts[1]);
        }

        static List<long> Entries(byte[] body) => [.. JsonDocument.Parse(body).RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("index").GetInt64())];
    }

    [Fact]
    public async Task Whether_a_title_was_licensed_in_a_territory_is_answered_with_proofs()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseGranted, ContentId = "film", Country = "IN" });
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseRefused, ContentId = "film", Country = "US", ReasonCode = "deal.territory" });
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseRenewed, ContentId = "film", Country = "IN" });
        await AuditTreeTests.HeadAsync(log, 3);
        await using var server = await AuditServer.StartAsync(log);

        var yes = await server.Reader.GetFromJsonAsync<JsonElement>("/audit/licensed?content=film&country=IN&from=2000-01-01");
        Assert.True(yes.GetProperty("licensed").GetBoolean());
        Assert.Equal([2, 0], yes.GetProperty("grants").EnumerateArray().Select(grant => grant.GetProperty("index").GetInt32()));
        Assert.StartsWith("c2sp.org/tlog-proof@v1", await server.Reader.GetStringAsync("/audit/" + yes.GetProperty("grants")[0].GetProperty("proof").GetString()), StringComparison.Ordinal);
        var no = await server.Reader.GetFromJsonAsync<JsonElement>("/audit/licensed?content=film&country=US");
        Assert.False(no.GetProperty("licensed").GetBoolean());
        Assert.Equal(3, no.GetProperty("complete").GetInt64());
        Assert.False((await server.Reader.GetFromJsonAsync<JsonElement>("/audit/licensed?content=film&country=IN&until=2000-01-01")).GetProperty("licensed").GetBoolean());
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Reader.GetAsync("/audit/licensed?content=film")).StatusCode);
    }

    [Fact]
    public async Task Entries_are_counted_by_kind_system_level_and_reason()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Name == "drmhub.audit.entries") me.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counted.Enqueue(value + " " + string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
        listener.Start();
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseRefused, System = DrmSystem.PlayReady, SecurityLevel = "Software", ReasonCode = "metrics.test", Subject = "s" });
        Assert.Contains("1 kind=license.refused system=playready level=Software reason=metrics.test", counted);
    }
}
