using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Delivers entries in the order of the log, so also in order per subject: the next batch goes out when the one before was
/// taken (2xx). A delivery may be repeated; the entries' ids tell. One node delivers at a time, and the place is in the database.
/// </summary>
internal sealed class WebhookSender(Database database, AuditTail tail, IReadOnlyList<WebhookOptions> hooks, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary><c>t=UNIXSECONDS,v1=HEX</c>: HMAC-SHA256 over the time, a dot and the body.</summary>
    public const string SignatureHeader = "DrmHub-Signature";

    private const long AdvisoryLock = 0x44_52_4D_48_4F_4B;
    private const int Batch = 100;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Dictionary<string, (int Failures, long NotBefore)> _pauses = [];

    /// <summary>Delivers what there is to each webhook that is not pausing after a failure.</summary>
    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        foreach (var hook in hooks)
        {
            var (failures, notBefore) = _pauses.GetValueOrDefault(hook.Name);
            if (time.GetUtcNow().ToUnixTimeMilliseconds() < notBefore) continue;
            try
            {
                await DeliverAsync(hook, cancellationToken).ConfigureAwait(false);
                _pauses.Remove(hook.Name);
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // 1 s, doubling to 5 min.
                var pause = Math.Min(300_000, 1000L << Math.Min(failures, 9));
                _pauses[hook.Name] = (failures + 1, time.GetUtcNow().ToUnixTimeMilliseconds() + pause);
                Log.WebhookFailed(logger, hook.Name, exception);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task DeliverAsync(WebhookOptions hook, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = database.IsPostgreSql ? await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false) : null;
        if (transaction is not null && !await connection.ExecuteScalarAsync<bool>($"select pg_try_advisory_xact_lock({AdvisoryLock})", transaction: transaction).ConfigureAwait(false)) return;
        var next = await connection.ExecuteScalarAsync<long?>("select next_idx from audit_webhook where name = @Name", new { hook.Name }, transaction).ConfigureAwait(false) ?? 0;
        while (await tail.ReadAsync(next, Batch, cancellationToken).ConfigureAwait(false) is { Count: > 0 } records)
        {
            await PostAsync(hook, Render(records), cancellationToken).ConfigureAwait(false);
            next = records[^1].Index + 1;
            await using var save = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await save.ExecuteAsync(
                "insert into audit_webhook (name, next_idx) values (@Name, @next) on conflict (name) do update set next_idx = excluded.next_idx", new { hook.Name, next }).ConfigureAwait(false);
        }
    }

    private async Task PostAsync(WebhookOptions hook, byte[] body, CancellationToken cancellationToken)
    {
        var at = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(hook.Secret), (byte[])[.. System.Text.Encoding.ASCII.GetBytes(at), (byte)'.', .. body]);
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        content.Headers.Add(SignatureHeader, $"t={at},v1={Convert.ToHexStringLower(signature)}");
        using var answer = await _http.PostAsync(hook.Url, content, cancellationToken).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
    }

    private static byte[] Render(List<AuditRecord> records)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("entries");
            foreach (var record in records) AuditJson.Write(json, record);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
