using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Packagers;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.KeyService.Administration;

/// <summary>
/// <c>GET /admin/keys?content=ID[&amp;values=true]</c>: the keys of a content as a table. <c>POST /admin/keys</c>: a table comes into
/// custody; <c>POST /admin/keys/cpix[?contentId=ID&amp;scheme=cenc]</c>: the clear keys of a CPIX document do. All need <c>keys.admin</c>;
/// all are in the log before the answer leaves or the keys are stored.
/// </summary>
internal static class KeyTableApi
{
    private const string Role = "keys.admin";
    private const int MaxBody = 4 << 20;
    private const int MaxRows = 10_000;

    public static void MapKeyTable(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/admin/keys").RequireAuthorization(Role).WithTags("operators");
        group.MapGet("", ExportAsync).WithName("ExportKeys");
        group.MapPost("", ImportAsync).WithMetadata(new RequestSizeLimitAttribute(MaxBody)).WithName("ImportKeys");
        group.MapPost("/cpix", ImportCpixAsync).WithMetadata(new RequestSizeLimitAttribute(MaxBody)).WithName("ImportCpixKeys");
    }

    private static async Task<Results<Ok<KeyTableRow[]>, ProblemHttpResult>> ExportAsync(
        string? content, bool? values, HttpContext http, KeyStore keys, AuditLog audit, CancellationToken cancellationToken)
    {
        if (!KeyStore.IsValidContentId(content)) return PackagerHttp.Problem(http, StatusCodes.Status400BadRequest, "request.malformed", "content is missing, or is no content id.");
        http.Response.Headers.CacheControl = "no-store";
        var withValues = values ?? false;
        var infos = await keys.FindInfoByContentAsync(content!, cancellationToken);
        await audit.AppendAsync(Entry(AuditKind.Export, http, content!, infos, withValues ? "keys with values" : "keys without values"), cancellationToken);
        if (!withValues) return TypedResults.Ok(infos.Select(info => KeyTableRow.From(info, key: null)).ToArray());
        var opened = await keys.FindAsync([.. infos.Select(info => info.KeyId)], cancellationToken);
        try
        {
            return TypedResults.Ok(opened.Select(key => KeyTableRow.From(key.Info, key.Key)).ToArray());
        }
        finally
        {
            foreach (var key in opened) key.Dispose();
        }
    }

    private static async Task<Results<Ok<ImportAnswer>, ProblemHttpResult>> ImportCpixAsync(
        string? contentId, string? scheme, HttpContext http, KeyStore keys, AuditLog audit, CancellationToken cancellationToken)
    {
        var body = await PackagerHttp.ReadBodyAsync(http.Request, cancellationToken);
        if (body is null) return PackagerHttp.Problem(http, StatusCodes.Status413PayloadTooLarge, "cpix.too_large", $"The body has more than {MaxBody} bytes.");
        try
        {
            var rows = CpixKeyTable.Read(CpixDocument.Load(body, CpixLimits.Requests), contentId, scheme);
            return await ImportAsync([.. rows], http, keys, audit, cancellationToken);
        }
        catch (CpixException exception)
        {
            return PackagerHttp.Problem(http, StatusCodes.Status422UnprocessableEntity, exception.Code, exception.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    /// <summary>Rows are checked together first; then each is stored by itself, and a conflict names the first row that does not fit.</summary>
    private static async Task<Results<Ok<ImportAnswer>, ProblemHttpResult>> ImportAsync(
        KeyTableRow[] rows, HttpContext http, KeyStore keys, AuditLog audit, CancellationToken cancellationToken)
    {
        if (rows.Length is 0 or > MaxRows) return PackagerHttp.Problem(http, StatusCodes.Status422UnprocessableEntity, "keys.import", $"A table has 1 to {MaxRows} rows.");
        var parsed = new List<(string ContentId, KeySpec Spec, ContentKey Key)>();
        try
        {
            foreach (var row in rows)
            {
                if (!KeyStore.IsValidContentId(row.ContentId)) throw new FormatException("contentId is no content id.");
                var (spec, key) = row.Parse();
                parsed.Add((row.ContentId, spec, key));
            }

            foreach (var content in parsed.GroupBy(row => row.ContentId, StringComparer.Ordinal))
                await audit.AppendAsync(Entry(AuditKind.Import, http, content.Key, content.Select(row => (row.Spec.RequestedKeyId!.Value, row.Spec.Track)), "keys"), cancellationToken);
            var created = 0;
            foreach (var (contentId, spec, key) in parsed) created += await keys.ImportAsync(contentId, spec, key, cancellationToken) ? 1 : 0;
            return TypedResults.Ok(new ImportAnswer(created, parsed.Count - created));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or KeyConflictException)
        {
            return PackagerHttp.Problem(http, StatusCodes.Status422UnprocessableEntity, "keys.import", exception.Message);
        }
        finally
        {
            foreach (var row in parsed) row.Key.Dispose();
        }
    }

    private static AuditEntry Entry(AuditKind kind, HttpContext http, string contentId, IEnumerable<VaultKeyInfo> infos, string what) =>
        Entry(kind, http, contentId, infos.Select(info => (info.KeyId, info.Track)), what);

    private static AuditEntry Entry(AuditKind kind, HttpContext http, string contentId, IEnumerable<(KeyId KeyId, string Track)> keys, string what) => new()
    {
        Kind = kind,
        Actor = http.User.Identity?.Name,
        ActorRole = Role,
        ContentId = contentId,
        Keys = [.. keys.Select(key => new AuditKey(key.KeyId, key.Track, Granted: true))],
        RequestId = http.TraceIdentifier,
        Details = new Dictionary<string, string> { ["what"] = what },
    };

    /// <param name="Created">Keys that are new here.</param>
    /// <param name="Present">Keys that were here already, the same.</param>
    internal sealed record ImportAnswer(int Created, int Present);
}
