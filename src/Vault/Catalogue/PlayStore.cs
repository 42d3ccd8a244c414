using System.Data.Common;
using Dapper;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Catalogue;

/// <summary>What storing a play did.</summary>
public enum PlayChange
{
    Added,

    /// <summary>It was there with less heard.</summary>
    Extended,

    /// <summary>It was there already.</summary>
    Known,
}

/// <summary>The plays. A play comes in once, whoever sends it how often; what was heard only grows.</summary>
public sealed class PlayStore(Database database)
{
    private const string Columns =
        """
        listener as Listener, play_id as PlayId, content_id as ContentId, owner_id as OwnerId, release_id as ReleaseId, licensor as Licensor, started_ms as StartedMs, received_ms as ReceivedMs,
        played_ms as PlayedMs, completed as Completed, offline as Offline, quality as Quality, country as Country, license_index as LicenseIndex, license_id as LicenseId, deal as Deal, model as Model
        """;

    internal const string KeepDeal = "insert into play_deals (deal, licensor, model) values (@deal, @licensor, @model) on conflict (deal) do update set licensor = excluded.licensor, model = excluded.model";

    /// <summary>All or none, in one transaction.</summary>
    public async Task<IReadOnlyList<PlayChange>> AddAsync(IReadOnlyList<PlayRow> plays, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plays);
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        var changes = new List<PlayChange>(plays.Count);
        foreach (var play in plays) changes.Add(await AddAsync(transaction, play, cancellationToken).ConfigureAwait(false));
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return changes;
    }

    /// <summary>Plays of a licensor that began in a time, in the order of (owner, start).</summary>
    /// <param name="fromMs">Inclusive.</param>
    /// <param name="untilMs">Exclusive.</param>
    public async IAsyncEnumerable<PlayRow> ReadAsync(string licensor, long fromMs, long untilMs, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var row in connection.QueryUnbufferedAsync<PlayRow>(
            $"select {Columns} from plays where licensor = @licensor and started_ms >= @fromMs and started_ms < @untilMs order by owner_id, started_ms, play_id", new { licensor, fromMs, untilMs }).WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return row;
    }

    /// <summary>Remembers what plays need of a deal.</summary>
    public async Task KeepDealAsync(string deal, string licensor, string model, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(KeepDeal, new { deal, licensor, model }, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    /// <returns>Licensor and commercial model of a deal that was kept, or null.</returns>
    public async Task<(string Licensor, string Model)?> FindDealAsync(string deal, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QueryFirstOrDefaultAsync<DealRow>(new CommandDefinition("select licensor as Licensor, model as Model from play_deals where deal = @deal", new { deal }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return row is null ? null : (row.Licensor, row.Model);
    }

    /// <summary>Cuts the tie between a listener and their plays, for ever: the plays still count.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ForgetAsync(byte[] listener, byte[] nobody, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteAsync(new CommandDefinition("update plays set listener = @nobody where listener = @listener", new { listener, nobody }, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    private static async Task<PlayChange> AddAsync(DbTransaction transaction, PlayRow play, CancellationToken cancellationToken)
    {
        var added = await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            """
            insert into plays (listener, play_id, content_id, owner_id, release_id, licensor, started_ms, received_ms, played_ms, completed, offline, quality, country, license_index, license_id, deal, model)
            values (@Listener, @PlayId, @ContentId, @OwnerId, @ReleaseId, @Licensor, @StartedMs, @ReceivedMs, @PlayedMs, @Completed, @Offline, @Quality, @Country, @LicenseIndex, @LicenseId, @Deal, @Model)
            on conflict do nothing
            """,
            play,
            transaction,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        if (added == 1) return PlayChange.Added;

        // The same id for another content is not this play, and changes nothing.
        var extended = await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            """
            update plays set played_ms = case when played_ms < @PlayedMs then @PlayedMs else played_ms end, completed = case when completed < @Completed then @Completed else completed end
            where listener = @Listener and play_id = @PlayId and content_id = @ContentId and (played_ms < @PlayedMs or completed < @Completed)
            """,
            play,
            transaction,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        return extended == 1 ? PlayChange.Extended : PlayChange.Known;
    }

    private sealed class DealRow
    {
        public string Licensor { get; init; } = "";

        public string Model { get; init; } = "";
    }
}
