using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Takes OTLP over HTTP as a collector does, and keeps the spans: trace id, span id, parent and name (opentelemetry/proto/trace/v1).</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Span> _spans = new();
    private readonly TaskCompletionSource<bool> _metrics = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;

    public OtlpCollector()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        probe.Stop();
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _loop = ServeAsync();
    }

    public string Address { get; }

    public async Task<IReadOnlyList<Span>> WaitForAsync(Func<IReadOnlyList<Span>, bool> isEnough)
    {
        for (var i = 0; i < 300; i++)
        {
            var seen = _spans.ToArray();
            if (isEnough(seen)) return seen;
            await Task.Delay(100);
        }

        throw new TimeoutException("The spans did not come: " + string.Join(", ", _spans.Select(span => span.Name)));
    }

    public Task<bool> WaitForMetricsAsync() => _metrics.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            if (context.Request.Url!.AbsolutePath == "/v1/traces") foreach (var span in Spans(body.ToArray())) _spans.Enqueue(span);
            else _metrics.TrySetResult(body.Length > 0);
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    /// <summary>ExportTraceServiceRequest: resource_spans 1, scope_spans 2, spans 2; Span: trace_id 1, span_id 2, parent_span_id 4, name 5.</summary>
    private static IEnumerable<Span> Spans(byte[] request) =>
        from resource in Fields(request) where resource.Number == 1
        from scope in Fields(resource.Value) where scope.Number == 2
        from span in Fields(scope.Value) where span.Number == 2
        let fields = Fields(span.Value).GroupBy(field => field.Number).ToDictionary(same => same.Key, same => same.First().Value)
        select new Span(Convert.ToHexString(fields[1]), Convert.ToHexString(fields[2]), Convert.ToHexString(fields.GetValueOrDefault(4, [])), Encoding.UTF8.GetString(fields[5]));

    private static IEnumerable<(int Number, byte[] Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            switch (tag & 7)
            {
                case 0: Varint(message, ref at); break;
                case 1: at += 8; break;
                case 5: at += 4; break;
                default:
                    var length = (int)Varint(message, ref at);
                    yield return ((int)(tag >> 3), message[at..(at + length)]);
                    at += length;
                    break;
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var each = message[at++];
            value |= (ulong)(each & 0x7F) << shift;
            if (each < 0x80) return value;
        }
    }

    internal sealed record Span(string TraceId, string SpanId, string ParentId, string Name);
}
