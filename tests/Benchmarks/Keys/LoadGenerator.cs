using System.Diagnostics;
using System.Net.Http.Headers;

namespace DrmHub.Benchmarks.Keys;

/// <summary>What one run measured; times in milliseconds.</summary>
internal sealed record LoadResult(int Count, double PerSecond, double P50, double P99);

/// <summary>Posts bodies in turn over a fixed number of connections. Every answer must be 200: anything else ends the run with an error.</summary>
internal sealed class LoadGenerator : IDisposable
{
    private const int MaxWarmRounds = 30;

    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly byte[][] _bodies;
    private readonly int _connections;
    private readonly string[]? _tokens;

    /// <param name="tokens">Bearer tokens that go with the requests in turn; null where none is needed.</param>
    public LoadGenerator(Uri url, byte[][] bodies, int connections, string[]? tokens = null)
    {
        _tokens = tokens;
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false });
        _url = url;
        _bodies = bodies;
        _connections = connections;
    }

    /// <summary>Every body once, which makes the keys, and then for a second more; the last answer.</summary>
    public async Task<byte[]> WarmAsync()
    {
        byte[] answer = [];
        for (var i = 0; i < _bodies.Length; i++) answer = await PostAsync(i);
        await RunAsync(TimeSpan.FromSeconds(1), null);
        return answer;
    }

    /// <summary>
    /// Asks until the processor time of an answer has stopped falling: until then the runtime still counts and recompiles its methods, which on a
    /// busy machine takes longer than any fixed warm-up, and whatever is measured first looks expensive.
    /// </summary>
    /// <param name="processorTime">That of the server so far.</param>
    /// <returns>Microseconds of an answer in the first two seconds.</returns>
    public async Task<double> SettleAsync(Func<TimeSpan> processorTime)
    {
        var (first, best, unchanged) = (0.0, double.MaxValue, 0);
        for (var round = 0; round < MaxWarmRounds && unchanged < 4; round++)
        {
            var before = processorTime();
            var result = await RunAsync(TimeSpan.FromSeconds(2), null);
            var each = (processorTime() - before).TotalMicroseconds / result.Count;
            unchanged = each > best * 0.97 ? unchanged + 1 : 0;
            best = Math.Min(best, each);
            if (round == 0) first = each;
        }

        return first;
    }

    /// <param name="duration">How long requests are started.</param>
    /// <param name="perSecond">The pace, with each request due at its own time and its latency counted from then; null for as fast as it goes.</param>
    public async Task<LoadResult> RunAsync(TimeSpan duration, double? perSecond)
    {
        var begin = Stopwatch.GetTimestamp();
        var next = 0;
        var workers = Enumerable.Range(0, _connections).Select(_ => Task.Run(async () =>
        {
            var times = new List<double>(1 << 16);
            while (true)
            {
                var index = Interlocked.Increment(ref next) - 1;
                var due = perSecond is { } pace ? TimeSpan.FromSeconds(index / pace) : Stopwatch.GetElapsedTime(begin);
                if (due >= duration) return times;
                if (due - Stopwatch.GetElapsedTime(begin) is { Ticks: > 0 } wait) await Task.Delay(wait);
                // The timer is coarser than a request: a late start of ours is not the server's, one behind a busy connection is.
                var start = perSecond is null ? due : Later(due, Stopwatch.GetElapsedTime(begin));
                await PostAsync(index);
                times.Add((Stopwatch.GetElapsedTime(begin) - start).TotalMilliseconds);
            }
        })).ToArray();
        var all = (await Task.WhenAll(workers)).SelectMany(times => times).Order().ToList();
        var elapsed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return new LoadResult(all.Count, all.Count / elapsed, all[all.Count / 2], all[(int)(all.Count * 0.99)]);
    }

    public void Dispose() => _http.Dispose();

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private async Task<byte[]> PostAsync(int index)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(_bodies[index % _bodies.Length]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(_tokens is null ? "application/xml" : "application/json");
        if (_tokens is null) request.Headers.Add("X-Speke-Version", "2.0");
        else request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens[index % _tokens.Length]);
        using var response = await _http.SendAsync(request);
        var answer = await response.Content.ReadAsByteArrayAsync();
        return response.IsSuccessStatusCode ? answer : throw new InvalidOperationException($"{(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(answer)}");
    }
}
