using System.Text.Json;
using Dapper;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Deals and subscribers in the database. Deals are few and asked for by every licence: they are held as one immutable list
/// that each change replaces. Subscribers are read when they ask.
/// </summary>
public sealed class RightsStore
{
    private readonly Database _database;
    private readonly TimeProvider _time;
    private volatile RightsSnapshot _current = RightsSnapshot.Empty;

    private RightsStore(Database database, TimeProvider time)
    {
        _database = database;
        _time = time;
    }

    public static async Task<RightsStore> OpenAsync(Database database, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var store = new RightsStore(database, time);
        await store.ReloadDealsAsync(cancellationToken).ConfigureAwait(false);
        return store;
    }

    /// <summary>All rights, as of the last change that this node made or loaded.</summary>
    public RightsSnapshot Current => _current;

    /// <summary>All deals of <see cref="Current"/>.</summary>
    public IReadOnlyList<Deal> Deals => _current.Deals;

    public async Task<Subscriber?> FindSubscriberAsync(string id, CancellationToken cancellationToken = default)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var body = await connection.ExecuteScalarAsync<string?>("select body from subscribers where id = @id", new { id }).ConfigureAwait(false);
        return body is null ? null : JsonSerializer.Deserialize<Subscriber>(body, RightsJson.Options);
    }

    /// <summary>Inserts the deal or replaces the one with its id.</summary>
    public async Task PutDealAsync(Deal deal, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(deal);
        await PutAsync("deals", deal.Id, JsonSerializer.Serialize(deal, RightsJson.Options), cancellationToken).ConfigureAwait(false);
        await ReloadDealsAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Inserts the subscriber or replaces the one with its id.</summary>
    public Task PutSubscriberAsync(Subscriber subscriber, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        return PutAsync("subscribers", subscriber.Id, JsonSerializer.Serialize(subscriber, RightsJson.Options), cancellationToken);
    }

    /// <summary>Starts the clock of the rentals of this content that have not been played. Repeating it changes nothing.</summary>
    public async Task StartRentalAsync(string subscriberId, string contentId, long nowMs, CancellationToken cancellationToken = default)
    {
        if (await FindSubscriberAsync(subscriberId, cancellationToken).ConfigureAwait(false) is not { } subscriber) return;
        var rentals = subscriber.Rentals.Select(rental => rental.FirstPlayMs is null
            && (rental.Content == contentId || (rental.Collection is { } collection && _current.IsInCollection(contentId, collection))) ? rental with { FirstPlayMs = nowMs } : rental).ToList();
        if (!rentals.SequenceEqual(subscriber.Rentals)) await PutSubscriberAsync(subscriber with { Rentals = rentals }, cancellationToken).ConfigureAwait(false);
    }

    private async Task PutAsync(string table, string id, string body, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(
            $"insert into {table} (id, body, updated_ms) values (@id, @body, @now) on conflict (id) do update set body = excluded.body, updated_ms = excluded.updated_ms",
            new { id, body, now = _time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false);
    }

    private async Task ReloadDealsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var bodies = await connection.QueryAsync<string>("select body from deals order by id").ConfigureAwait(false);
        _current = new RightsSnapshot(new RightsDocuments { Deals = [.. bodies.Select(body => JsonSerializer.Deserialize<Deal>(body, RightsJson.Options)!)] });
    }
}
