using System.Security.Cryptography;
using System.Text;
using DrmHub.Sandbox.LicenseServices.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Sandbox.LicenseServices;

/// <summary>What every simulated service shares on HTTP: a bounded body, and the faults that were asked for.</summary>
internal sealed class ServiceDoor(FaultPlan plan, TimeProvider time, ILogger<ServiceDoor> logger)
{
    /// <summary>Header, and query parameter, with which one request orders its own fault.</summary>
    public const string FaultHeader = "X-Sandbox-Fault";

    public const string FaultParameter = "fault";

    private const int MaxBody = 1 << 20;

    /// <param name="answer">Gets the body and the fault, of which it minds <see cref="Fault.WrongSignature"/> and <see cref="Fault.Revoked"/>.</param>
    public async Task RunAsync(HttpContext http, string service, Func<ReadOnlyMemory<byte>, Fault, SandboxAnswer> answer)
    {
        try
        {
            await RunCoreAsync(http, service, answer);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller gave up, which is what some faults are ordered for.
        }
    }

    private async Task RunCoreAsync(HttpContext http, string service, Func<ReadOnlyMemory<byte>, Fault, SandboxAnswer> answer)
    {
        var cancellationToken = http.RequestAborted;
        if (ReadFault(http, service) is not { } fault)
        {
            await WriteAsync(http, Text(StatusCodes.Status400BadRequest, "The fault is no list of known words."), cancellationToken);
            return;
        }

        if (await ReadBodyAsync(http.Request, cancellationToken) is not { } body)
        {
            await WriteAsync(http, Text(StatusCodes.Status413PayloadTooLarge, "The body is too large."), cancellationToken);
            return;
        }

        if (fault.LatencyMs > 0) await Task.Delay(TimeSpan.FromMilliseconds(fault.LatencyMs), time, cancellationToken);
        if (fault.Hang) await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        if (fault.Reset)
        {
            http.Abort();
            return;
        }

        var result = fault.Status is { } status ? Text(status, "The sandbox was told to fail.") : answer(body, fault);
        if (fault.Garbage) result = result with { Status = StatusCodes.Status200OK, Body = RandomNumberGenerator.GetBytes(Math.Max(64, result.Body.Length)) };
        Log.Answered(logger, service, result.Status, result.Body.Length);
        if (fault.Half) await WriteHalfAsync(http, result, cancellationToken);
        else await WriteAsync(http, result, cancellationToken);
    }

    public static SandboxAnswer Text(int status, string text) => new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    private Fault? ReadFault(HttpContext http, string service)
    {
        var text = http.Request.Headers[FaultHeader].ToString();
        if (text.Length == 0) text = http.Request.Query[FaultParameter].ToString();
        if (text.Length == 0) return plan.Next(service);
        return Fault.TryParse(text, out var fault) ? fault : null;
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBody) return null;
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (body.Length + read > MaxBody) return null;
            body.Write(buffer, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static async Task WriteAsync(HttpContext http, SandboxAnswer answer, CancellationToken cancellationToken)
    {
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        http.Response.ContentLength = answer.Body.Length;
        await http.Response.Body.WriteAsync(answer.Body, cancellationToken);
    }

    private static async Task WriteHalfAsync(HttpContext http, SandboxAnswer answer, CancellationToken cancellationToken)
    {
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        http.Response.ContentLength = answer.Body.Length;
        await http.Response.Body.WriteAsync(answer.Body.AsMemory(0, answer.Body.Length / 2), cancellationToken);
        await http.Response.Body.FlushAsync(cancellationToken);
        http.Abort();
    }
}
