using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Audit;

/// <summary>
/// <c>GET /audit/export</c>: all entries that the filters find, as NDJSON or CSV, or the whole log as a tar archive that verifies;
/// <c>GET /audit/stream</c>: a tail that stays open; <c>GET /audit/licensed</c>: was a title licensed in a territory.
/// </summary>
internal static class AuditStreamApi
{
    public static void MapStreams(RouteGroupBuilder group)
    {
        group.MapGet("/export", ExportAsync).RequireAuthorization(AuditApi.ReadPolicy);
        group.MapGet("/stream", StreamAsync).RequireAuthorization(AuditApi.ReadPolicy);
        group.MapGet("/licensed", LicensedAsync).RequireAuthorization(AuditApi.ReadPolicy);
    }

    private static async Task ExportAsync(HttpContext context, AuditLog log)
    {
        var format = context.Request.Query["format"].ToString();
        var filters = new QueryCollection(context.Request.Query.Where(pair => pair.Key != "format").ToDictionary(pair => pair.Key, pair => pair.Value));
        if (format is not ("" or "ndjson" or "csv" or "tar"))
        {
            await AuditApi.Problem(StatusCodes.Status400BadRequest, "request.invalid", "The format is ndjson, csv or tar.").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        if (!AuditQueryString.TryRead(filters, out var query, out var problem) || filters.ContainsKey("limit") || filters.ContainsKey("cursor"))
        {
            await AuditApi.Problem(StatusCodes.Status400BadRequest, "request.invalid", problem.Length > 0 ? problem : "An export has no pages.").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        if (format == "tar")
        {
            context.Response.ContentType = "application/x-tar";
            await log.Export.WriteTarAsync(context.Response.BodyWriter.AsStream(), context.RequestAborted).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = format == "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
        await AuditJson.WriteAllAsync(log.StreamAsync(query, context.RequestAborted), format == "csv", context.Response.BodyWriter, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Entries from an index on as NDJSON, then new ones as they come; an empty line every 15 seconds keeps the connection.</summary>
    private static async Task StreamAsync(HttpContext context, AuditLog log)
    {
        var query = context.Request.Query;
        var text = query["from"].ToString();
        if (!long.TryParse(text.Length == 0 ? "0" : text, NumberStyles.None, CultureInfo.InvariantCulture, out var next))
        {
            await AuditApi.Problem(StatusCodes.Status400BadRequest, "request.invalid", "'from' is the first index that is wanted.").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        var follow = query["follow"] != "false";
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-store";
        var output = context.Response.BodyWriter;
        await output.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        try
        {
            for (var idle = 0; ;)
            {
                var records = await log.ReadFromAsync(next, AuditTail.Page, context.RequestAborted).ConfigureAwait(false);
                foreach (var record in records) AuditJson.WriteLine(output, record.Index, record.Leaf.Span);
                if (records.Count > 0) (next, idle) = (records[^1].Index + 1, 0);
                else if (!follow) break;
                else if (++idle % 75 == 0) output.Write("\n"u8);
                await output.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                if (records.Count == 0) await Task.Delay(200, context.RequestAborted).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The follower went away; it comes back with the index after its last line.
        }
    }

    /// <summary>Grants of a title in a territory, each with the address of its proof; or none, with the head under which anybody can check that by reading the log.</summary>
    private static async Task<IResult> LicensedAsync(HttpRequest request, AuditLog log, CancellationToken cancellationToken)
    {
        if (!AuditQueryString.TryRead(request.Query, out var query, out var problem)) return AuditApi.Problem(StatusCodes.Status400BadRequest, "request.invalid", problem);
        if (query.ContentId is null || query.Country is null) return AuditApi.Problem(StatusCodes.Status400BadRequest, "request.invalid", "The question names a content and a country.");
        var answer = await log.LicensedAsync(query, cancellationToken).ConfigureAwait(false);
        return TypedResults.Json(new
        {
            licensed = answer.Entries.Count > 0,
            grants = answer.Entries.Select(grant => new { index = grant.Index, at = grant.At, proof = string.Create(CultureInfo.InvariantCulture, $"proof/entry/{grant.Index}") }),
            next = answer.Next,
            complete = answer.Complete,
            head = answer.Head,
            check = "Entries below the head's size are exactly those of the export: drmhub audit licensed --export reads a verified export whole and confirms this answer, an absence too, without trusting it.",
        });
    }
}
