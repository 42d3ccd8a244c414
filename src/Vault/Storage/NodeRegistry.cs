using Dapper;

namespace DrmHub.Vault.Storage;

/// <summary>One running node, as it wrote itself down last.</summary>
public sealed record NodeRow
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    /// <summary>The doors it opens, separated by commas.</summary>
    public required string Roles { get; init; }

    public required string Address { get; init; }

    /// <summary>UTC milliseconds.</summary>
    public required long StartedAt { get; init; }

    /// <summary>UTC milliseconds; written every <see cref="NodeRegistry.Beat"/>.</summary>
    public required long SeenAt { get; init; }

    /// <summary>Audit entries on its own disk only.</summary>
    public required long SpooledBytes { get; init; }

    /// <summary><c>ready</c>, or why it is not.</summary>
    public required string State { get; init; }
}

/// <summary>The nodes of this database, for people: no decision depends on it.</summary>
public sealed class NodeRegistry(Database database)
{
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    /// <summary>A node that was not seen for so long is forgotten.</summary>
    public static readonly TimeSpan Forgotten = TimeSpan.FromDays(7);

    /// <summary>Writes the node's row, and forgets those that are long gone.</summary>
    public async Task WriteAsync(NodeRow node, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(node);
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into nodes (name, version, roles, address, started_at, seen_at, spooled_bytes, state)
            values (@Name, @Version, @Roles, @Address, @StartedAt, @SeenAt, @SpooledBytes, @State)
            on conflict (name) do update set version = excluded.version, roles = excluded.roles, address = excluded.address,
                started_at = excluded.started_at, seen_at = excluded.seen_at, spooled_bytes = excluded.spooled_bytes, state = excluded.state
            """,
            node,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from nodes where seen_at < @before", new { before = node.SeenAt - (long)Forgotten.TotalMilliseconds }, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<NodeRow>> ReadAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return [.. await connection.QueryAsync<NodeRow>(new CommandDefinition(
            "select name as Name, version as Version, roles as Roles, address as Address, started_at as StartedAt, seen_at as SeenAt, spooled_bytes as SpooledBytes, state as State from nodes order by name",
            cancellationToken: cancellationToken)).ConfigureAwait(false)];
    }
}
