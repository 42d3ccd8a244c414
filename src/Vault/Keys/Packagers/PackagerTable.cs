using System.Data.Common;
using Dapper;
using DrmHub.Cenc;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys.Packagers;

/// <summary>The SQL of packagers and their credentials.</summary>
internal static class PackagerTable
{
    private const char Separator = '\n';

    public static Task<long> ReadVersionAsync(DbConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<long>(new CommandDefinition("select version from packagers_version where id = 1", cancellationToken: cancellationToken));

    /// <summary>The version first: a change that comes in between is read again, never missed.</summary>
    public static async Task<(long Version, IReadOnlyList<Packager> Packagers, IReadOnlyList<CredentialRow> Credentials)> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var version = await ReadVersionAsync(connection, cancellationToken).ConfigureAwait(false);
        var packagers = await connection.QueryAsync<PackagerRow>(new CommandDefinition(
            "select name as Name, patterns as Patterns, systems as Systems, plain_keys as PlainKeys, rate as Rate, certificate as Certificate, created_at as CreatedAt, revoked_at as RevokedAt from packagers order by name",
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        var credentials = await connection.QueryAsync<CredentialRow>(new CommandDefinition(
            "select credential_id as Id, packager as Packager, kind as Kind, identifier as Identifier, sealed as Sealed, created_at as CreatedAt, expires_at as ExpiresAt from packager_credentials order by created_at",
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        return (version, [.. packagers.Select(row => row.ToPackager())], [.. credentials]);
    }

    public static Task ChangeVersionAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "update packagers_version set version = version + 1 where id = 1", null, cancellationToken);

    /// <returns>False where there is one of that name.</returns>
    public static async Task<bool> InsertAsync(DbTransaction transaction, Packager packager, CancellationToken cancellationToken) =>
        await ExecuteAsync(
            transaction,
            "insert into packagers (name, patterns, systems, plain_keys, rate, certificate, created_at) values (@Name, @patterns, @systems, @plainKeys, @rate, @Certificate, @createdAt) on conflict do nothing",
            new
            {
                packager.Name,
                patterns = string.Join(Separator, packager.Patterns),
                systems = string.Join(Separator, packager.Systems.Select(system => system.ToString())),
                plainKeys = packager.PlainKeys ? 1L : 0L,
                rate = (long)packager.Rate,
                packager.Certificate,
                createdAt = packager.CreatedAt.ToUnixTimeMilliseconds(),
            },
            cancellationToken).ConfigureAwait(false) == 1;

    public static Task InsertAsync(DbTransaction transaction, CredentialRow row, CancellationToken cancellationToken) => ExecuteAsync(
        transaction,
        "insert into packager_credentials (credential_id, packager, kind, identifier, sealed, created_at) values (@Id, @Packager, @Kind, @Identifier, @Sealed, @CreatedAt)",
        new { row.Id, row.Packager, row.Kind, row.Identifier, row.Sealed, row.CreatedAt },
        cancellationToken);

    /// <returns>False where there is no such packager, or it is revoked already.</returns>
    public static async Task<bool> RevokeAsync(DbTransaction transaction, string name, long now, CancellationToken cancellationToken) =>
        await ExecuteAsync(transaction, "update packagers set revoked_at = @now where name = @name and revoked_at is null", new { name, now }, cancellationToken).ConfigureAwait(false) == 1;

    public static async Task<bool> IsActiveAsync(DbTransaction transaction, string name, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteScalarAsync<long>(new CommandDefinition("select count(*) from packagers where name = @name and revoked_at is null", new { name }, transaction, cancellationToken: cancellationToken)).ConfigureAwait(false) == 1;

    public static Task<int> DeleteAsync(DbTransaction transaction, string packager, string kind, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "delete from packager_credentials where packager = @packager and kind = @kind", new { packager, kind }, cancellationToken);

    /// <summary>Ends what has no end yet, and deletes what has ended.</summary>
    public static async Task ExpireAsync(DbTransaction transaction, string packager, string kind, long now, long end, CancellationToken cancellationToken)
    {
        await ExecuteAsync(transaction, "delete from packager_credentials where packager = @packager and kind = @kind and expires_at <= @now", new { packager, kind, now }, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(transaction, "update packager_credentials set expires_at = @end where packager = @packager and kind = @kind and (expires_at is null or expires_at > @end)", new { packager, kind, end }, cancellationToken).ConfigureAwait(false);
    }

    private static Task<int> ExecuteAsync(DbTransaction transaction, string sql, object? parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));

    internal sealed class CredentialRow
    {
        public byte[] Id { get; init; } = [];

        public string Packager { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Identifier { get; init; } = "";

        public byte[] Sealed { get; init; } = [];

        public long CreatedAt { get; init; }

        public long? ExpiresAt { get; init; }
    }

    private sealed class PackagerRow
    {
        public string Name { get; init; } = "";

        public string Patterns { get; init; } = "";

        public string Systems { get; init; } = "";

        public long PlainKeys { get; init; }

        public long Rate { get; init; }

        public byte[]? Certificate { get; init; }

        public long CreatedAt { get; init; }

        public long? RevokedAt { get; init; }

        public Packager ToPackager() => new()
        {
            Name = Name,
            Patterns = Patterns.Split(Separator, StringSplitOptions.RemoveEmptyEntries),
            Systems = [.. Systems.Split(Separator, StringSplitOptions.RemoveEmptyEntries).Select(ParseSystem)],
            PlainKeys = PlainKeys != 0,
            Rate = (int)Math.Clamp(Rate, 1, DrmHub.Vault.Keys.Packagers.Packager.MaxRate),
            Certificate = Certificate,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            RevokedAt = RevokedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        };

        // A limit that cannot be read must not become no limit.
        private static DrmSystem ParseSystem(string name) =>
            Enum.TryParse<DrmSystem>(name, out var system) && Enum.IsDefined(system) ? system : throw new StorageException($"The system {name} of a packager is not known to this program.");
    }
}
