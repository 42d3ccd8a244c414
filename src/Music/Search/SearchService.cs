using DrmHub.Music.Catalogue;
using DrmHub.Vault.Catalogue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Search;

/// <summary>
/// Keeps this node's index like the catalogue: reads it whole at the start, then what changed, by the numbers of commits. A query looks
/// for changes first, so that what was just written is found.
/// </summary>
internal sealed class SearchService : BackgroundService
{
    private const int Page = 1000;

    /// <summary>Pages that a query reads before it answers with what there is.</summary>
    private const int PatientPages = 5;

    private readonly CatalogueStore _store;
    private readonly SearchIndex _index;
    private readonly TimeProvider _time;
    private readonly ILogger<SearchService> _log;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly TimeSpan _interval;
    private long _number;
    private string _last = "";
    private bool _toldFull;

    public SearchService(CatalogueStore store, IOptions<MusicOptions> options, TimeProvider time, ILogger<SearchService> log)
    {
        _store = store;
        _index = new SearchIndex(options.Value.SearchCapacity);
        _interval = options.Value.SearchInterval;
        _time = time;
        _log = log;
    }

    /// <param name="filter">Which items to show.</param>
    /// <returns>What was found, and whether the whole catalogue was looked at.</returns>
    public async Task<(IReadOnlyList<SearchHit> Hits, bool Complete)> FindAsync(string query, Func<SearchEntry, bool> filter, int limit, CancellationToken cancellationToken)
    {
        var current = await RefreshAsync(PatientPages, cancellationToken);
        var hits = _index.Find(query, filter, limit);
        return (hits, current && _index.Refused == 0);
    }

    public override void Dispose()
    {
        base.Dispose();
        _index.Dispose();
        _reading.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RefreshAsync(int.MaxValue, stoppingToken);
                await Task.Delay(_interval, _time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The database is away: the index answers with what it has, and tries again.
                MusicLog.SearchStale(_log, exception);
                await Task.Delay(_interval, _time, CancellationToken.None);
            }
        }
    }

    /// <returns>False where there is more to read than <paramref name="pages"/>, or somebody else is reading a lot.</returns>
    private async Task<bool> RefreshAsync(int pages, CancellationToken cancellationToken)
    {
        if (!await _reading.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken)) return false;
        try
        {
            for (var page = 0; page < pages; page++)
            {
                var rows = await _store.Queries.ChangedAfterAsync(_number, _last, Page, cancellationToken);
                if (rows.Count > 0)
                {
                    await IndexAsync(rows, cancellationToken);
                    (_number, _last) = (rows[^1].Changed, rows[^1].Id);
                }

                if (rows.Count < Page) return true;
            }

            return false;
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task IndexAsync(IReadOnlyList<CatalogueRow> rows, CancellationToken cancellationToken)
    {
        var items = rows.Where(row => row.Removed == 0).Select(SearchFields.Read).OfType<CatalogueItem>().ToList();
        var named = items.SelectMany(SearchFields.ArtistsOf).Distinct(StringComparer.Ordinal).ToList();
        var artists = named.Count == 0 ? [] : (await _store.Queries.FindAsync(named, cancellationToken)).Where(row => row.Kind == "artist").Select(MusicCatalogue.Read<Artist>).ToDictionary(artist => artist.Id, StringComparer.Ordinal);
        foreach (var row in rows.Where(row => row.Removed != 0)) _index.Remove(row.Id);
        foreach (var item in items)
        {
            var fields = SearchFields.Of(item, artists);
            _index.Put(SearchFields.Entry(item, fields), fields);
        }

        if (_index.Refused > 0 && !_toldFull)
        {
            _toldFull = true;
            MusicLog.SearchFull(_log, _index.Count);
        }
    }
}
