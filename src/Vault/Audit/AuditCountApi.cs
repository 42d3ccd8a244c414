using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Audit;

/// <summary>
/// <c>GET /audit/counts?by=reason&amp;…</c>: how many entries the filters find, by the values of a column, most first (up to 200 values); as JSON, or CSV with
/// <c>format=csv</c>.
/// </summary>
internal static class AuditCountApi
{
    private static readonly string[] s_columns = [.. Enum.GetNames<AuditColumn>().Select(name => name.ToLowerInvariant())];

    public static void MapCounts(RouteGroupBuilder group) => group.MapGet("/counts", CountAsync).RequireAuthorization(AuditApi.ReadPolicy);

    private static async Task<IResult> CountAsync(HttpRequest request, AuditLog log, CancellationToken cancellationToken)
    {
        var (by, format) = (request.Query["by"].ToString(), request.Query["format"].ToString());
        if (!s_columns.Contains(by, StringComparer.Ordinal)) return Invalid($"'by' is one of {string.Join(", ", s_columns)}.");
        if (format is not ("" or "json" or "csv")) return Invalid("The format is json or csv.");
        var filters = new QueryCollection(request.Query.Where(pair => pair.Key is not ("by" or "format")).ToDictionary(pair => pair.Key, pair => pair.Value));
        if (!AuditQueryString.TryRead(filters, out var query, out var problem) || filters.ContainsKey("limit") || filters.ContainsKey("cursor"))
            return Invalid(problem.Length > 0 ? problem : "Counts have no pages.");
        try
        {
            var counts = await log.CountAsync(query, Enum.Parse<AuditColumn>(by, ignoreCase: true), cancellationToken).ConfigureAwait(false);
            return format == "csv"
                ? TypedResults.Text(Csv(by, counts), "text/csv; charset=utf-8")
                : TypedResults.Json(new { by, counts = counts.Select(count => new { value = count.Value, entries = count.Entries }) });
        }
        catch (ArgumentException exception)
        {
            return Invalid(exception.Message);
        }
    }

    private static string Csv(string by, IReadOnlyList<AuditCount> counts) =>
        string.Concat(counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"{AuditJson.CsvCell(count.Value ?? "")},{count.Entries}\r\n")).Prepend($"{by},entries\r\n"));

    private static ProblemHttpResult Invalid(string detail) => AuditApi.Problem(StatusCodes.Status400BadRequest, "request.invalid", detail);
}
