using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Catalogue;

/// <summary>
/// Tokens of private feeds. Each request asks the database, so that a revocation holds at once on every node; a token is 160 random bits
/// that are shown once and kept as a hash.
/// </summary>
public sealed class FeedAccessStore(Database database, KeyVault vault, TimeProvider time) : IDisposable
{
    public const int TokenBytes = 20;

    private const long DayMs = 86_400_000;
    private const string Columns =
        "id as Id, show_id as ShowId, subscriber as Subscriber, created_ms as CreatedMs, rotated_ms as RotatedMs, expires_ms as ExpiresMs, revoked_ms as RevokedMs, noticed_ms as NoticedMs";

    private readonly SemaphoreSlim _opening = new(1, 1);
    private byte[]? _key;

    /// <returns>The access and its token, which nobody can ask for again.</returns>
    public async Task<(FeedAccess Access, string Token)> AddAsync(string showId, string subscriber, long? expiresMs, CancellationToken cancellationToken = default)
    {
        var now = Now();
        var token = NewToken();
        var access = new FeedAccess { Id = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 16), ShowId = showId, Subscriber = subscriber, CreatedMs = now, RotatedMs = now, ExpiresMs = expiresMs };
        await ExecuteAsync(
            "insert into feed_access (id, show_id, subscriber, token_hash, created_ms, rotated_ms, expires_ms) values (@Id, @ShowId, @Subscriber, @hash, @CreatedMs, @RotatedMs, @ExpiresMs)",
            new { access.Id, access.ShowId, access.Subscriber, hash = Hash(token), access.CreatedMs, access.RotatedMs, access.ExpiresMs },
            cancellationToken).ConfigureAwait(false);
        return (access, token);
    }

    /// <returns>The new token, after which the old one and all that was signed under it is worth nothing; null where there is no open access of that id.</returns>
    public async Task<string?> RotateAsync(string showId, string id, CancellationToken cancellationToken = default)
    {
        var token = NewToken();
        var changed = await ExecuteAsync(
            "update feed_access set token_hash = @hash, rotated_ms = @now, noticed_ms = null where id = @id and show_id = @showId and revoked_ms is null", new { id, showId, hash = Hash(token), now = Now() }, cancellationToken).ConfigureAwait(false);
        return changed == 1 ? token : null;
    }

    /// <returns>False where there is no open access of that id.</returns>
    public async Task<bool> RevokeAsync(string showId, string id, CancellationToken cancellationToken = default) =>
        await ExecuteAsync("update feed_access set revoked_ms = @now where id = @id and show_id = @showId and revoked_ms is null", new { id, showId, now = Now() }, cancellationToken).ConfigureAwait(false) == 1;

    /// <summary>By the token of a request. Also one that is revoked or over: the caller says which.</summary>
    public async Task<FeedAccess?> FindByTokenAsync(string showId, string token, CancellationToken cancellationToken = default)
    {
        if (token.Length != Base64Url.GetEncodedLength(TokenBytes) || !Base64Url.IsValid(token)) return null;
        return await FindAsync("token_hash = @hash and show_id = @showId", new { hash = Hash(token), showId }, cancellationToken).ConfigureAwait(false);
    }

    public Task<FeedAccess?> FindAsync(string showId, string id, CancellationToken cancellationToken = default) => FindAsync("id = @id and show_id = @showId", new { id, showId }, cancellationToken);

    /// <summary>Accesses of a show in the order of their ids, after one of them.</summary>
    public async Task<IReadOnlyList<FeedAccess>> ListAsync(string showId, string after, int limit, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return [.. (await connection.QueryAsync<Row>(new CommandDefinition(
            $"select {Columns} from feed_access where show_id = @showId and id > @after order by id limit @limit", new { showId, after, limit = (long)limit }, cancellationToken: cancellationToken)).ConfigureAwait(false)).Select(row => row.ToAccess())];
    }

    /// <summary>Counts a use of a token.</summary>
    /// <param name="fingerprint">What tells devices apart; kept as a keyed hash.</param>
    /// <returns>Distinct devices of this day.</returns>
    public async Task<int> CountAsync(string accessId, string fingerprint, string app, CancellationToken cancellationToken = default)
    {
        var now = Now();
        var device = (await AuthenticateAsync("device|" + accessId + "|" + fingerprint, cancellationToken).ConfigureAwait(false))[..16];
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var values = new { accessId, day = now / DayMs, device, app, now };
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into feed_devices (access_id, day, device, app, first_ms, last_ms, fetches) values (@accessId, @day, @device, @app, @now, @now, 1)
            on conflict (access_id, day, device) do update set last_ms = excluded.last_ms, fetches = feed_devices.fetches + 1
            """,
            values,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        return (int)await connection.ExecuteScalarAsync<long>(new CommandDefinition("select count(*) from feed_devices where access_id = @accessId and day = @day", values, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Marks that sharing was noticed, once a day.</summary>
    /// <returns>False where it was marked today already.</returns>
    public async Task<bool> NoticeAsync(string accessId, CancellationToken cancellationToken = default)
    {
        var now = Now();
        return await ExecuteAsync("update feed_access set noticed_ms = @now where id = @accessId and (noticed_ms is null or noticed_ms < @today)", new { accessId, now, today = now / DayMs * DayMs }, cancellationToken).ConfigureAwait(false) == 1;
    }

    public async Task<FeedDevices> ReadDevicesAsync(string accessId, CancellationToken cancellationToken = default)
    {
        var today = Now() / DayMs;
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = (await connection.QueryAsync<DeviceRow>(new CommandDefinition(
            "select day as Day, device as Device, app as App from feed_devices where access_id = @accessId and day > @from", new { accessId, from = today - 30 }, cancellationToken: cancellationToken)).ConfigureAwait(false)).ToList();
        return new FeedDevices(
            rows.Count(row => row.Day == today),
            rows.Select(row => Convert.ToHexString(row.Device)).Distinct().Count(),
            [.. rows.Select(row => row.App).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    /// <summary>HMAC-SHA-256 under a key of the hub's own that is the same on all nodes.</summary>
    public async ValueTask<byte[]> AuthenticateAsync(string message, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _key) is not { } key)
        {
            await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                key = _key ??= await vault.GetOrCreateSecretAsync("podcasts.links", 32, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _opening.Release();
            }
        }

        return HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(message));
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        _opening.Dispose();
    }

    private async Task<FeedAccess?> FindAsync(string condition, object values, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return (await connection.QueryFirstOrDefaultAsync<Row>(new CommandDefinition($"select {Columns} from feed_access where {condition}", values, cancellationToken: cancellationToken)).ConfigureAwait(false))?.ToAccess();
    }

    private async Task<int> ExecuteAsync(string sql, object values, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    /// <summary>A plain hash is enough: nobody can try out 160 random bits.</summary>
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string ShowId { get; init; } = "";

        public string Subscriber { get; init; } = "";

        public long CreatedMs { get; init; }

        public long RotatedMs { get; init; }

        public long? ExpiresMs { get; init; }

        public long? RevokedMs { get; init; }

        public long? NoticedMs { get; init; }

        public FeedAccess ToAccess() => new() { Id = Id, ShowId = ShowId, Subscriber = Subscriber, CreatedMs = CreatedMs, RotatedMs = RotatedMs, ExpiresMs = ExpiresMs, RevokedMs = RevokedMs, NoticedMs = NoticedMs };
    }

    private sealed class DeviceRow
    {
        public long Day { get; init; }

        public byte[] Device { get; init; } = [];

        public string App { get; init; } = "";
    }
}
