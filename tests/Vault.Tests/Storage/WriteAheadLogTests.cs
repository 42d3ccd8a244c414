using Dapper;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Tests.Storage;

public sealed class WriteAheadLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drmhub-wal-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Commits_copy_nothing_back_and_the_keeper_lets_the_log_begin_anew()
    {
        await using var database = await Database.OpenAsync(new StorageOptions { DataDirectory = _folder });
        var time = new Clock();
        var log = new WriteAheadLog(database, time);
        await using var connection = await database.OpenConnectionAsync();
        using var relaxed = WriteAheadLog.Relax(connection);
        await connection.ExecuteAsync("create table filler (payload blob)");
        for (var i = 0; i < 60; i++) await connection.ExecuteAsync("insert into filler (payload) values (zeroblob(500000))");
        var grown = Length();
        Assert.True(grown > 25_000_000, $"The log has {grown} bytes: something copied it back.");

        // Once a second at most: this does nothing yet, and the log goes on at its end.
        await log.TendAsync(default);
        await connection.ExecuteAsync("insert into filler (payload) values (zeroblob(10))");
        Assert.True(Length() > grown);

        grown = Length();
        time.Ticks += 2 * TimeSpan.TicksPerSecond;
        await log.TendAsync(default);
        await connection.ExecuteAsync("insert into filler (payload) values (zeroblob(500000))");
        Assert.Equal(grown, Length());
        Assert.Equal(62, await connection.ExecuteScalarAsync<long>("select count(*) from filler"));

        long Length() => new FileInfo(Path.Combine(_folder, "drmhub.db-wal")).Length;
    }

    [Fact]
    public async Task A_connection_that_was_relaxed_is_as_careful_as_before()
    {
        await using var database = await Database.OpenAsync(new StorageOptions { DataDirectory = _folder });
        await using var connection = await database.OpenConnectionAsync();
        using (WriteAheadLog.Relax(connection)) Assert.Equal(1, await connection.ExecuteScalarAsync<long>("pragma synchronous"));
        Assert.Equal(2, await connection.ExecuteScalarAsync<long>("pragma synchronous"));
        Assert.Equal(16_384, await connection.ExecuteScalarAsync<long>("pragma wal_autocheckpoint"));
    }

    private sealed class Clock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
