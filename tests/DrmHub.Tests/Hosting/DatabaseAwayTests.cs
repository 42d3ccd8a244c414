using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using DrmHub.DrmHub.Tests.Commands;
using DrmHub.Host.Hosting;
using DrmHub.Testing;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.DrmHub.Tests.Hosting;

/// <summary>A database that is away: at the start, and under a request.</summary>
public sealed class DatabaseAwayTests
{
    [Fact]
    public async Task A_request_gets_503_with_a_code_and_no_word_about_the_server()
    {
        var away = await Assert.ThrowsAnyAsync<Exception>(() => Database.OpenAsync(Nowhere()));
        Assert.True(DatabaseAway.Is(away));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHubProblems();
        await using var app = builder.Build();
        app.UseExceptionHandler();
        app.MapGet("/away", string () => throw away);
        app.MapGet("/ours", string () => throw new InvalidOperationException("secret"));
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        using var answer = await http.GetAsync("/away");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("5", answer.Headers.GetValues("Retry-After").Single());
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal("database.unavailable", JsonDocument.Parse(text).RootElement.GetProperty("code").GetString());
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);

        using var ours = await http.GetAsync("/ours");
        Assert.Equal(HttpStatusCode.InternalServerError, ours.StatusCode);
        Assert.Equal("internal", (await ours.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Fact]
    public void What_the_database_refuses_is_not_an_outage()
    {
        Assert.False(DatabaseAway.Is(new InvalidOperationException()));
        Assert.False(DatabaseAway.Is(new StorageException("A newer program has changed the schema.")));
        Assert.True(DatabaseAway.Is(new StorageException("The queue.", new Refused("57P03"))));
        Assert.True(DatabaseAway.Is(new StorageException("The rights are too old.", new TimeoutException())));
        Assert.False(DatabaseAway.Is(new TimeoutException()));
        foreach (var (state, expected) in new[] { ("23505", false), ("42601", false), ("08006", true), ("53300", true), ("57P01", true), ("57014", false) })
            Assert.Equal(expected, DatabaseAway.Is(new Refused(state)));
    }

    [Fact]
    public async Task A_start_waits_and_gives_up_after_its_patience()
    {
        using var folder = new TemporaryFolder();
        var hub = DrmHubProgram.Run("serve", "--data", folder["data"], "--urls", "http://127.0.0.1:0", "--Storage:PostgreSql=" + Nowhere().PostgreSql, "--Storage:StartPatienceSeconds=2");
        Assert.Equal(1, hub.ExitCode);
        Assert.Contains("trying again for up to 2 s", hub.Error, StringComparison.Ordinal);

        await Assert.ThrowsAnyAsync<Exception>(() => DatabaseStart.OpenAsync(Nowhere(), TimeSpan.Zero, NullLoggerFactory.Instance, TimeProvider.System, default));
        Assert.Equal(TimeSpan.FromSeconds(60), DatabaseStart.PatienceOf(new ConfigurationBuilder().Build()));
        Assert.Throws<ArgumentException>(() => DatabaseStart.PatienceOf(new ConfigurationBuilder().AddInMemoryCollection([new("Storage:StartPatienceSeconds", "-1")]).Build()));
    }

    [Fact]
    public async Task A_database_that_comes_meanwhile_is_taken()
    {
        using var folder = new TemporaryFolder();

        // A file where the folder should be: it cannot be opened until somebody makes room.
        var data = folder["data"];
        Directory.CreateDirectory(data);
        Directory.CreateDirectory(Path.Combine(data, "drmhub.db"));
        var opening = DatabaseStart.OpenAsync(new StorageOptions { DataDirectory = data }, TimeSpan.FromMinutes(1), NullLoggerFactory.Instance, TimeProvider.System, default);
        await Task.Delay(300);
        Assert.False(opening.IsCompleted);
        Directory.Delete(Path.Combine(data, "drmhub.db"));
        await using var database = await opening;
    }

    /// <summary>A port on which nobody listens.</summary>
    private static StorageOptions Nowhere()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return new StorageOptions { PostgreSql = FormattableString.Invariant($"Host=127.0.0.1;Port={port};Username=x;Password=y;Database=z;Timeout=2") };
    }

    private sealed class Refused(string state) : System.Data.Common.DbException("refused")
    {
        public override string SqlState => state;
    }
}
