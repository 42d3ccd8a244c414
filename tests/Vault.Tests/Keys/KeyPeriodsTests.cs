using Dapper;
using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

/// <summary>A day of 10-second periods: what it costs in the database, and how its pages are read.</summary>
[Collection(ServerCollection.Name)]
public sealed class KeyPeriodsTests(Servers servers)
{
    private const int Day = 8640;
    private static readonly string[] Tracks = ["AUDIO", "SD", "HD"];

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_day_of_ten_second_periods_stays_small_and_its_pages_come_from_an_index(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        await node.Keys.GetOrCreateAsync("other", [KeyStoreTests.Spec("SD")]);
        await using var connection = await node.Database.OpenConnectionAsync();
        var before = await SizeAsync(connection, engine);
        for (var first = 0; first < Day; first += 320)
        {
            var specs = Enumerable.Range(first, 320).SelectMany(period => Tracks.Select(track => KeyStoreTests.Spec(track) with { CryptoPeriod = period })).ToList();
            foreach (var key in await node.Keys.GetOrCreateAsync("channel-1", specs)) key.Dispose();
        }

        var size = await SizeAsync(connection, engine) - before;
        Assert.True(size < 10_000_000, $"{size} bytes for {Day} periods of {Tracks.Length} tracks");

        if (engine == Engine.PostgreSql) await connection.ExecuteAsync("vacuum analyze content_keys");
        var plan = await PlanAsync(connection, engine, KeyTable.PeriodLookup);
        Assert.Contains("content_keys_identity", plan, StringComparison.Ordinal);
        Assert.Contains("content_keys_requested", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("SCAN k", plan, StringComparison.Ordinal);
        var whole = await PlanAsync(connection, engine, KeyTable.ContentLookup);
        Assert.DoesNotContain("SCAN k", whole, StringComparison.Ordinal);

        var (page, next) = await node.Keys.Periods.ListAsync("channel-1", 4000, long.MaxValue, 100);
        Assert.Equal(300, page.Count);
        Assert.Equal(4100, next);
        Assert.Equal(Enumerable.Range(4000, 100).SelectMany(period => Tracks.Order(StringComparer.Ordinal).Select(track => ((long?)period, track))), page.Select(key => (key.CryptoPeriod, key.Track)));
        var seen = 0;
        for (long? from = 0; from is { } start; from = next)
        {
            (page, next) = await node.Keys.Periods.ListAsync("channel-1", start, long.MaxValue, 5000);
            seen += page.Count;
        }

        Assert.Equal(Day * Tracks.Length, seen);
        Assert.Equal(Day * Tracks.Length, (await node.Keys.FindInfoByContentAsync("channel-1")).Count);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Keys_whose_ids_were_chosen_are_listed_among_the_others(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        var chosen = KeyId.Parse("00112233445566778899aabbccddeeff");
        foreach (var key in await node.Keys.GetOrCreateAsync("live", [KeyStoreTests.Spec("SD") with { CryptoPeriod = 5 }, KeyStoreTests.Spec("HD") with { CryptoPeriod = 5, RequestedKeyId = chosen }, KeyStoreTests.Spec("HD")])) key.Dispose();
        var (keys, next) = await node.Keys.Periods.ListAsync("live", 0, 10, 1);
        Assert.Null(next);
        Assert.Equal(["HD", "SD"], keys.Select(key => key.Track));
        Assert.Equal(chosen, keys[0].KeyId);
        Assert.Empty((await node.Keys.Periods.ListAsync("live", 6, 10, 1)).Keys);
        Assert.Equal([null, 5, 5], (await node.Keys.FindInfoByContentAsync("live")).Select(key => key.CryptoPeriod));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_schedule_is_set_once_for_all_nodes(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        Assert.Null(await one.Keys.Periods.FindScheduleAsync("live"));
        var wanted = Enumerable.Range(1, 20).Select(seconds => new KeySchedule(TimeSpan.FromSeconds(seconds), DateTimeOffset.UnixEpoch)).ToList();
        var got = await Task.WhenAll(wanted.Select((schedule, i) => Task.Run(() => (i % 2 == 0 ? one : two).Keys.Periods.GetOrSetScheduleAsync("live", schedule))));
        Assert.Single(got.Distinct());
        Assert.Equal(got[0], await two.Keys.Periods.FindScheduleAsync("live"));
    }

    [Fact]
    public void A_schedule_maps_times_to_indexes_and_back()
    {
        var schedule = new KeySchedule(TimeSpan.FromSeconds(10), DateTimeOffset.UnixEpoch);
        var time = DateTimeOffset.FromUnixTimeSeconds(1_760_000_009);
        Assert.Equal(176_000_000, schedule.IndexAt(time));
        Assert.Equal((DateTimeOffset.FromUnixTimeSeconds(1_760_000_000), DateTimeOffset.FromUnixTimeSeconds(1_760_000_010)), schedule.SpanOf(176_000_000));
        Assert.Equal(176_000_001, schedule.IndexAt(time.AddSeconds(1)));
        Assert.Null(schedule.IndexAt(DateTimeOffset.UnixEpoch.AddMilliseconds(-1)));
        Assert.Null(schedule.SpanOf(long.MaxValue));
        Assert.Null(schedule.SpanOf(-1));
    }

    private static async Task<long> SizeAsync(System.Data.Common.DbConnection connection, Engine engine) => engine == Engine.PostgreSql
        ? await connection.ExecuteScalarAsync<long>("select pg_total_relation_size('content_keys') + pg_total_relation_size('key_schedules')")
        : await connection.ExecuteScalarAsync<long>("select page_count * page_size from pragma_page_count(), pragma_page_size()");

    private static async Task<string> PlanAsync(System.Data.Common.DbConnection connection, Engine engine, string query)
    {
        var sql = query.Replace("@content", "'channel-1'", StringComparison.Ordinal).Replace("@first", "4000", StringComparison.Ordinal).Replace("@last", "4099", StringComparison.Ordinal).Replace("@limit", "1000", StringComparison.Ordinal);
        return engine == Engine.PostgreSql
            ? string.Join('\n', await connection.QueryAsync<string>("explain " + sql))
            : string.Join('\n', (await connection.QueryAsync("explain query plan " + sql)).Select(row => (string)row.detail));
    }
}
