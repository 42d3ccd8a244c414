using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Vault.Keys;
using Microsoft.AspNetCore.Http;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// <c>GET /cpix/{contentId}/periods?from=INDEX&amp;limit=100</c>: the crypto periods that have keys, ascending. <c>start</c> and <c>end</c> (excluded)
/// where the schedule of the content is known; <c>next</c> is the <c>from</c> of the next page. No keys, only their ids.
/// </summary>
internal static class CpixPeriodList
{
    public const int MaxLimit = 1000;
    private const int DefaultLimit = 100;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <exception cref="CpixException"><c>cpix.query</c>.</exception>
    public static async Task<byte[]> WriteAsync(string contentId, IQueryCollection query, KeyPeriods periods, CancellationToken cancellationToken)
    {
        var first = Number(query, "from", 0, 0, uint.MaxValue);
        var limit = (int)Number(query, "limit", DefaultLimit, 1, MaxLimit);
        var schedule = await periods.FindScheduleAsync(contentId, cancellationToken);
        var (keys, next) = await periods.ListAsync(contentId, first, long.MaxValue, limit, cancellationToken);
        var items = keys.GroupBy(key => key.CryptoPeriod!.Value).Select(period =>
        {
            var span = schedule?.SpanOf(period.Key);
            return new Item(period.Key, Text(span?.Start), Text(span?.End), [.. period.Select(key => new Key(key.KeyId.ToString(), key.Track, DrmHub.Cenc.ProtectionSchemes.ToFourCC(key.Scheme)))]);
        });
        return JsonSerializer.SerializeToUtf8Bytes(new Page(contentId, schedule?.Period.TotalSeconds, [.. items], next), Json);
    }

    private static long Number(IQueryCollection query, string name, long otherwise, long min, long max)
    {
        if (query[name] is { Count: 0 } or [null or ""]) return otherwise;
        return query[name] is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new CpixException("cpix.query", $"{name} is a whole number from {min} to {max}, and there once.");
    }

    private static string? Text(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    private sealed record Page(string ContentId, double? PeriodSeconds, IReadOnlyList<Item> Periods, long? Next);

    private sealed record Item(long Index, string? Start, string? End, IReadOnlyList<Key> Keys);

    private sealed record Key(string Kid, string Track, string Scheme);
}
