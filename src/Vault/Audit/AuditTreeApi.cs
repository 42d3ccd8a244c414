using System.Globalization;
using DrmHub.Vault.Audit.Tiles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The head, hash tiles and proofs are public: they are what witnesses and other outsiders check the operator with, and each
/// entry carries 128 random bits, so that its hash says nothing about it. Entry bundles are entries and need the policy.
/// </summary>
internal static class AuditTreeApi
{
    private const string Immutable = "max-age=604800, immutable";

    public static void MapTree(RouteGroupBuilder group)
    {
        group.MapGet("/checkpoint", GetCheckpointAsync).AllowAnonymous();
        group.MapGet("/key", GetKey).AllowAnonymous();
        group.MapGet("/tile/entries/{**rest}", GetBundleAsync).RequireAuthorization(AuditApi.ReadPolicy);
        group.MapGet("/tile/{**rest}", GetTileAsync).AllowAnonymous();
        group.MapGet("/proof/inclusion", GetInclusionAsync).AllowAnonymous();
        group.MapGet("/proof/consistency", GetConsistencyAsync).AllowAnonymous();
        group.MapGet("/proof/entry/{index:long:min(0)}", GetProofFileAsync).AllowAnonymous();
    }

    private static async Task<IResult> GetCheckpointAsync(HttpResponse response, AuditLog log)
    {
        if (await log.Tree.HeadAsync().ConfigureAwait(false) is not { } head) return NotReached();
        response.Headers.CacheControl = "no-cache";
        response.Headers.AccessControlAllowOrigin = "*";
        return TypedResults.Bytes(head.Note.ToBytes(), "text/plain; charset=utf-8");
    }

    private static ContentHttpResult GetKey(HttpResponse response, AuditLog log)
    {
        response.Headers.AccessControlAllowOrigin = "*";
        return TypedResults.Text(log.Tree.Key + "\n", "text/plain; charset=utf-8");
    }

    private static Task<IResult> GetTileAsync(string rest, HttpResponse response, AuditLog log) => TileAsync(rest, response, log);

    private static Task<IResult> GetBundleAsync(string rest, HttpResponse response, AuditLog log) => TileAsync("entries/" + rest, response, log);

    private static async Task<IResult> TileAsync(string text, HttpResponse response, AuditLog log)
    {
        if (!TilePath.TryParse(text, out var path)) return AuditApi.Problem(StatusCodes.Status404NotFound, "audit.tile.unknown", "A tile's address has exactly one spelling: see C2SP tlog-tiles.");
        if (await log.Tree.TileAsync(path).ConfigureAwait(false) is not { } tile) return NotReached();
        response.Headers.CacheControl = path.Level is null ? "private, " + Immutable : Immutable;
        response.Headers.AccessControlAllowOrigin = "*";
        return TypedResults.Bytes(tile, "application/octet-stream");
    }

    private static async Task<IResult> GetInclusionAsync(string? index, string? size, AuditLog log)
    {
        if (await log.Tree.HeadAsync().ConfigureAwait(false) is not { } head) return NotReached();
        if (!Number(index, out var entry) || !Number(size ?? head.Head.Size.ToString(CultureInfo.InvariantCulture), out var of) || entry >= of) return Malformed("index is below size");
        if (of > head.Head.Size) return NotReached();
        var proof = await log.Tree.InclusionAsync(entry, of).ConfigureAwait(false);
        return TypedResults.Json(new { index = entry, size = of, hashes = proof.Select(Convert.ToBase64String) });
    }

    private static async Task<IResult> GetConsistencyAsync(string? from, string? to, AuditLog log)
    {
        if (await log.Tree.HeadAsync().ConfigureAwait(false) is not { } head) return NotReached();
        if (!Number(from, out var first) || !Number(to ?? head.Head.Size.ToString(CultureInfo.InvariantCulture), out var second) || first > second || first == 0) return Malformed("0 < from <= to");
        if (second > head.Head.Size) return NotReached();
        var proof = await log.Tree.ConsistencyAsync(first, second).ConfigureAwait(false);
        return TypedResults.Json(new { from = first, to = second, hashes = proof.Select(Convert.ToBase64String) });
    }

    private static async Task<IResult> GetProofFileAsync(long index, HttpResponse response, AuditLog log)
    {
        if (await log.Tree.ProofFileAsync(index).ConfigureAwait(false) is not { } proof) return NotReached();
        response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"entry-{index}.tlog-proof\"");
        return TypedResults.Text(proof, "text/plain; charset=utf-8");
    }

    private static bool Number(string? text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static ProblemHttpResult NotReached() => AuditApi.Problem(StatusCodes.Status404NotFound, "audit.beyond_head", "The published head of the log does not reach this, or the entries were retired.");

    private static ProblemHttpResult Malformed(string rule) => AuditApi.Problem(StatusCodes.Status400BadRequest, "request.invalid", "The numbers are decimal and " + rule + ".");
}
