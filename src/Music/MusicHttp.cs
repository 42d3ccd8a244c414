using System.Globalization;
using System.Text.Json;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Music;

/// <summary>What the music routes share: errors as problem documents, ETags, who asks.</summary>
internal static class MusicHttp
{
    public const string ReadRole = "rights.read";
    public const string WriteRole = "rights.write";

    public static MusicActor Actor(HttpContext http, string role = WriteRole) => new(http.User.Identity?.Name, role, http.TraceIdentifier);

    public static ProblemHttpResult Problem(HttpContext http, int status, string code, string detail, IReadOnlyList<string>? errors = null)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = code, ["requestId"] = http.TraceIdentifier };
        if (errors is { Count: > 0 }) extensions["errors"] = errors;
        return TypedResults.Problem(detail, statusCode: status, extensions: extensions);
    }

    public static ProblemHttpResult NotFound(HttpContext http, string what) => Problem(http, StatusCodes.Status404NotFound, "catalogue.unknown", $"There is no {what}.");

    public static ProblemHttpResult Malformed(HttpContext http, string detail) => Problem(http, StatusCodes.Status400BadRequest, "request.malformed", detail);

    /// <summary>What the catalogue or the log refuses inside these routes becomes its problem document.</summary>
    public static RouteGroupBuilder WithProblems(this RouteGroupBuilder group)
    {
        group.AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (Exception exception) when (FromException(context.HttpContext, exception) is { } problem)
            {
                return problem;
            }
        });
        return group;
    }

    /// <summary>The problem document of what the catalogue or the log refused; null for anything else.</summary>
    public static ProblemHttpResult? FromException(HttpContext http, Exception exception) => exception switch
    {
        MusicException music => Problem(http, StatusCodes.Status422UnprocessableEntity, music.Code, music.Problems.Count == 1 ? music.Problems[0] : $"{music.Problems.Count} things are wrong.", music.Problems),
        CatalogueConflictException { Conflict: CatalogueConflict.Version } conflict => Problem(http, StatusCodes.Status412PreconditionFailed, "catalogue.version", conflict.Message),
        CatalogueConflictException { Conflict: CatalogueConflict.Reference } conflict => Problem(http, StatusCodes.Status422UnprocessableEntity, "catalogue.reference", conflict.Message),
        CatalogueConflictException { Conflict: CatalogueConflict.InUse } conflict => Problem(http, StatusCodes.Status409Conflict, "catalogue.in_use", conflict.Message),
        CatalogueConflictException conflict => Problem(http, StatusCodes.Status409Conflict, "catalogue.conflict", conflict.Message),
        JsonException json => Malformed(http, Describe(json)),
        AuditUnavailableException => Problem(http, StatusCodes.Status503ServiceUnavailable, "audit.unavailable", "The change cannot be recorded, so it was not made."),
        _ => null,
    };

    /// <summary>Where in the document and what; never a piece of our own types.</summary>
    public static string Describe(JsonException exception)
    {
        var message = exception.Message.ReplaceLineEndings(" ");
        var end = message.IndexOf(" Path:", StringComparison.Ordinal);
        if (end > 0) message = message[..end];
        if (message.Contains("DrmHub.", StringComparison.Ordinal) || message.Contains("System.", StringComparison.Ordinal)) message = "The JSON does not have the form that is wanted here.";
        return string.Create(CultureInfo.InvariantCulture, $"{message} At {exception.Path ?? "$"}, line {(exception.LineNumber ?? 0) + 1}.");
    }

    public static string ETag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>What <c>If-Match</c> and <c>If-None-Match: *</c> say about the version that must be there.</summary>
    /// <returns>False where a header cannot be read.</returns>
    public static bool TryReadPrecondition(HttpRequest request, out long? expected)
    {
        expected = null;
        if (request.Headers.IfNoneMatch.ToString() is { Length: > 0 } none)
        {
            expected = 0;
            return none == "*" && request.Headers.IfMatch.Count == 0;
        }

        if (request.Headers.IfMatch.ToString() is not { Length: > 0 } match || match == "*") return true;
        if (match.Length < 3 || match[0] != '"' || match[^1] != '"' || !long.TryParse(match.AsSpan(1, match.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return false;
        expected = version;
        return true;
    }
}
