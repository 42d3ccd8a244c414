using System.Buffers;
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace DrmHub.Vault.Rights;

/// <summary>What the routes of rights share: entity tags, bodies, and the one place where failures become problem documents.</summary>
internal static class RightsHttp
{
    public const string ReadPolicy = "rights.read";
    public const string WritePolicy = "rights.write";
    public const string Json = "application/json";
    public const string Lines = "application/x-ndjson";

    /// <summary>Bytes of one document.</summary>
    public const int MaxDocument = 1 << 20;

    /// <summary>Bytes of a batch.</summary>
    public const long MaxBatch = 256L << 20;

    public static RightsActor ActorOf(HttpContext http) => new(http.User.Identity?.Name ?? "operator", WritePolicy, http.TraceIdentifier);

    public static async Task<IResult> GuardAsync(Func<Task<IResult>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (RightsInvalidException exception)
        {
            return Invalid(exception);
        }
        catch (RightsConflictException exception)
        {
            return Problem(StatusCodes.Status412PreconditionFailed, "rights.changed", exception.Message);
        }
        catch (BadHttpRequestException exception)
        {
            return exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? Problem(StatusCodes.Status413PayloadTooLarge, "request.too_large", "The body is longer than this route takes.")
                : Problem(exception.StatusCode, "request.malformed", "The request cannot be read.");
        }
        catch (AuditUnavailableException)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, ReasonCodes.AuditUnavailable, "The audit log takes no entries. A change that was made already will be entered when it does.");
        }
        catch (Exception exception) when (exception is StorageException or DbException)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, "storage.unavailable", "The rights cannot be read or written now.");
        }
    }

    public static ProblemHttpResult Problem(int status, string code, string detail, params ReadOnlySpan<KeyValuePair<string, object?>> more) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new KeyValuePair<string, object?>("code", code), .. more]);

    public static ProblemHttpResult Unknown(string what) => Problem(StatusCodes.Status404NotFound, "rights.unknown", $"There is no such {what}.");

    public static ProblemHttpResult Malformed(string detail) => Problem(StatusCodes.Status400BadRequest, "request.invalid", detail);

    public static string TagOf(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>A document as it is written everywhere.</summary>
    public static IResult Document(HttpContext http, string body, long version, int status = StatusCodes.Status200OK)
    {
        http.Response.Headers.ETag = TagOf(version);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(body, Json, System.Text.Encoding.UTF8, status);
    }

    /// <summary>A page of documents: <c>{"items":[…],"next":"…"}</c>; without <c>next</c> it is the last.</summary>
    public static IResult Page(HttpContext http, IEnumerable<object> items, Type type, string? next)
    {
        http.Response.Headers.CacheControl = "no-store";
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = RightsJson.Options.Encoder }))
        {
            json.WriteStartObject();
            json.WriteStartArray("items");
            foreach (var item in items) JsonSerializer.Serialize(json, item, type, RightsJson.Options);
            json.WriteEndArray();
            if (next is not null) json.WriteString("next", next);
            json.WriteEndObject();
        }

        return TypedResults.Bytes(buffer.WrittenMemory, Json + "; charset=utf-8");
    }

    /// <summary>The version that <c>If-Match</c> and <c>If-None-Match: *</c> ask for; null where neither is there.</summary>
    /// <param name="current">The version now, or null where there is no document.</param>
    /// <exception cref="RightsConflictException">The document is another already.</exception>
    public static long? ExpectedVersion(HttpRequest request, long? current)
    {
        var headers = request.GetTypedHeaders();
        if (headers.IfNoneMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any))) return 0;
        if (headers.IfMatch.Count == 0)
        {
            // A header that cannot be read must not count as none: it was meant as a condition.
            return request.Headers.IfMatch.Count == 0 && request.Headers.IfNoneMatch.Count == 0 ? null : throw new BadHttpRequestException("The condition cannot be read.");
        }

        if (current is null) throw new RightsConflictException("There is no such document any more.");
        return headers.IfMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || (!tag.IsWeak && tag.Tag == TagOf(current.Value))) ? current : throw new RightsConflictException("The document was changed in between.");
    }

    public static bool IsUnchanged(HttpRequest request, long version) =>
        request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Tag == TagOf(version));

    /// <exception cref="BadHttpRequestException">It is longer than <see cref="MaxDocument"/>.</exception>
    public static async Task<byte[]> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (buffer.Length + read > MaxDocument) throw new BadHttpRequestException("The body is too long.", StatusCodes.Status413PayloadTooLarge);
                buffer.Write(chunk, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }

        return buffer.ToArray();
    }

    private static ProblemHttpResult Invalid(RightsInvalidException exception)
    {
        var errors = exception.Problems.Select(problem => new { path = problem.Path, code = problem.Code, message = problem.Message }).ToArray();
        var detail = exception.Line is { } at ? $"Line {at} is not valid. Nothing was changed." : "The document is not valid. Nothing was changed.";
        return exception.Line is { } line
            ? Problem(StatusCodes.Status400BadRequest, "rights.invalid", detail, new("errors", errors), new("line", line))
            : Problem(StatusCodes.Status400BadRequest, "rights.invalid", detail, new KeyValuePair<string, object?>("errors", errors));
    }
}
