using DrmHub.Host.Pages.SignIn;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Audit;

namespace DrmHub.Host.Pages.Audit;

/// <summary>What the audit pages hand out as files.</summary>
internal static class AuditPagesApi
{
    public static void MapAuditPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/console/audit").RequireAuthorization(new ForRolesAttribute(AuditApi.ReadPolicy)).ExcludeFromDescription();
        group.MapGet("/export.csv", (HttpContext http, Reader reader, AuditLog log) => ExportAsync(http, reader, log, asCsv: true));
        group.MapGet("/export.ndjson", (HttpContext http, Reader reader, AuditLog log) => ExportAsync(http, reader, log, asCsv: false));
    }

    private static async Task ExportAsync(HttpContext http, Reader reader, AuditLog log, bool asCsv)
    {
        var (query, problem) = AuditFilters.Read(http.Request.Query).ToQuery(reader);
        if (query is null)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsync(problem!, http.RequestAborted);
            return;
        }

        var name = $"audit-{reader.Now.UtcDateTime:yyyyMMdd-HHmmss}";
        http.Response.ContentType = asCsv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        http.Response.Headers.ContentDisposition = $"attachment; filename={name}.{(asCsv ? "csv" : "ndjson")}";
        await log.WriteAsync(query, asCsv, http.Response.Body, http.RequestAborted);
    }
}
