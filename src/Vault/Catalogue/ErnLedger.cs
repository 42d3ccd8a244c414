using System.Data.Common;
using System.Globalization;
using System.IO.Compression;
using Dapper;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Catalogue;

/// <summary>A message of a licensor as it came.</summary>
/// <param name="Sender">The party that sent it.</param>
/// <param name="MessageId">Never used again by the sender.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="ReleaseKey">What the message calls the release that it is about.</param>
/// <param name="CreatedMs">When the sender made it, in UTC milliseconds.</param>
public sealed record ErnMessageRecord(string Sender, string MessageId, byte[] Sha256, string ReleaseKey, long CreatedMs);

/// <summary>What a release is by its last message.</summary>
public sealed record ErnReleaseState
{
    public required string ReleaseId { get; init; }

    public required string MessageId { get; init; }

    public required long CreatedMs { get; init; }

    /// <summary>Ids of the deals that it made.</summary>
    public IReadOnlyList<string> Deals { get; init; } = [];

    /// <summary>0 for a release that no message has made yet.</summary>
    public long Version { get; init; }
}

/// <summary>What one message does: catalogue, deals and its own record, in one transaction.</summary>
public sealed record ErnCommit
{
    public required ErnMessageRecord Message { get; init; }

    public required ReadOnlyMemory<byte> Bytes { get; init; }

    public CatalogueChange Catalogue { get; init; } = new();

    public IReadOnlyList<RightsChange> Rights { get; init; } = [];

    /// <summary>The state after it, at the version that was read; null where the message changes nothing.</summary>
    public ErnReleaseState? State { get; init; }
}

/// <summary>Somebody else imported a message about the same release, or the same message, meanwhile: read again and try again.</summary>
public sealed class ErnStaleException(string message) : Exception(message);

/// <summary>The messages that were imported. A message comes in with everything that it does, or not at all.</summary>
public sealed class ErnLedger(Database database, CatalogueStore catalogue, RightsStore rights, TimeProvider time)
{
    /// <returns>The hash of the message of that id, or null where there is none.</returns>
    public async Task<byte[]?> FindMessageAsync(string sender, string messageId, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteScalarAsync<byte[]?>(new CommandDefinition(
            "select sha256 from ern_messages where sender = @sender and message_id = @messageId", new { sender, messageId }, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    /// <returns>The message as it came, or null.</returns>
    public async Task<byte[]?> ReadMessageAsync(string sender, string messageId, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var packed = await connection.ExecuteScalarAsync<byte[]?>(new CommandDefinition(
            "select packed from ern_messages where sender = @sender and message_id = @messageId", new { sender, messageId }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        if (packed is null) return null;
        using var plain = new MemoryStream();
        using (var unpack = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress)) await unpack.CopyToAsync(plain, cancellationToken).ConfigureAwait(false);
        return plain.ToArray();
    }

    public async Task<ErnReleaseState?> FindReleaseAsync(string releaseId, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QueryFirstOrDefaultAsync<StateRow>(new CommandDefinition(
            "select release_id as ReleaseId, message_id as MessageId, created_ms as CreatedMs, deals as Deals, version as Version from ern_releases where release_id = @releaseId",
            new { releaseId },
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        return row is null ? null : new ErnReleaseState { ReleaseId = row.ReleaseId, MessageId = row.MessageId, CreatedMs = row.CreatedMs, Deals = row.Deals.Split('\n', StringSplitOptions.RemoveEmptyEntries), Version = row.Version };
    }

    /// <exception cref="ErnStaleException">The release's state, or the message, is not what it was when it was read.</exception>
    /// <exception cref="CatalogueConflictException">The catalogue changed meanwhile.</exception>
    public Task CommitAsync(ErnCommit commit, RightsActor actor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        return rights.ChangeAsync(
            commit.Rights,
            actor,
            async (transaction, cancelled) =>
            {
                await RecordAsync(transaction, commit, cancelled).ConfigureAwait(false);
                if (commit.State is { } state) await KeepAsync(transaction, state, cancelled).ConfigureAwait(false);
                foreach (var deal in commit.Rights.Select(change => change.Document).OfType<Deal>())
                    await transaction.Connection!.ExecuteAsync(new CommandDefinition(PlayStore.KeepDeal, new { deal = deal.Id, licensor = deal.Licensor ?? "", model = deal.Model.ToString() }, transaction, cancellationToken: cancelled)).ConfigureAwait(false);
                if (commit.Catalogue.Writes.Count + commit.Catalogue.Removals.Count > 0) await catalogue.CommitAsync(transaction, commit.Catalogue, cancelled).ConfigureAwait(false);
            },
            cancellationToken);
    }

    private async Task RecordAsync(DbTransaction transaction, ErnCommit commit, CancellationToken cancellationToken)
    {
        using var packed = new MemoryStream();
        using (var pack = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) pack.Write(commit.Bytes.Span);
        var message = commit.Message;
        var inserted = await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            """
            insert into ern_messages (sender, message_id, sha256, release_key, created_ms, received_ms, packed)
            values (@Sender, @MessageId, @Sha256, @ReleaseKey, @CreatedMs, @now, @packed) on conflict do nothing
            """,
            new { message.Sender, message.MessageId, message.Sha256, message.ReleaseKey, message.CreatedMs, now = time.GetUtcNow().ToUnixTimeMilliseconds(), packed = packed.ToArray() },
            transaction,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        if (inserted == 0) throw new ErnStaleException("The message was imported meanwhile.");
    }

    private static async Task KeepAsync(DbTransaction transaction, ErnReleaseState state, CancellationToken cancellationToken)
    {
        var sql = state.Version == 0
            ? "insert into ern_releases (release_id, message_id, created_ms, deals, version) values (@ReleaseId, @MessageId, @CreatedMs, @deals, 1) on conflict do nothing"
            : "update ern_releases set message_id = @MessageId, created_ms = @CreatedMs, deals = @deals, version = version + 1 where release_id = @ReleaseId and version = @Version";
        var changed = await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            sql, new { state.ReleaseId, state.MessageId, state.CreatedMs, deals = string.Join('\n', state.Deals), state.Version }, transaction, cancellationToken: cancellationToken)).ConfigureAwait(false);
        if (changed == 0) throw new ErnStaleException(string.Create(CultureInfo.InvariantCulture, $"Release {state.ReleaseId} is no longer at version {state.Version}."));
    }

    private sealed class StateRow
    {
        public string ReleaseId { get; init; } = "";

        public string MessageId { get; init; } = "";

        public long CreatedMs { get; init; }

        public string Deals { get; init; } = "";

        public long Version { get; init; }
    }
}
