using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests;

/// <summary>One browser tab with the players' page.</summary>
internal sealed class PlayerTab(IPage page, string site, string hub) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _refusals = new();

    /// <summary>The codes of the hub's refusals, in the order in which they came over the wire.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    public async Task StartAsync(string player, string manifest, string token)
    {
        page.Response += async (_, response) =>
        {
            if (response.Status < 400 || !response.Url.StartsWith(hub, StringComparison.Ordinal)) return;
            try
            {
                _refusals.Enqueue(JsonDocument.Parse(await response.TextAsync()).RootElement.GetProperty("code").GetString()!);
            }
            catch (PlaywrightException)
            {
                // The tab was closed before the body was read.
            }
        };
        await page.EvaluateAsync("([name, url, hub, token]) => { start(name, url, hub, token); }", new[] { player, $"{site}/{manifest}", hub, token });
    }

    /// <summary>Looks until the condition holds, at most half a minute; the last look decides.</summary>
    public async Task<Measure> UntilAsync(Func<Measure, bool> condition)
    {
        Measure measure;
        var until = DateTime.UtcNow.AddSeconds(30);
        do
        {
            await Task.Delay(100);
            measure = await page.EvaluateAsync<Measure>("() => measure()");
        }
        while (!condition(measure) && DateTime.UtcNow < until);
        return measure;
    }

    /// <summary>The code of the first refusal; the player may have heard of it before its body was read here.</summary>
    public async Task<string?> RefusalAsync()
    {
        for (var i = 0; i < 100 && _refusals.IsEmpty; i++) await Task.Delay(50);
        return _refusals.TryPeek(out var code) ? code : null;
    }

    /// <summary>Ends the session as the page does.</summary>
    public Task<int> EndAsync() => page.EvaluateAsync<int>("() => end()");

    public async ValueTask DisposeAsync() => await page.CloseAsync();

    public sealed class Measure
    {
        public string? Failure { get; set; }

        public string? Stopped { get; set; }

        public int Licences { get; set; }

        public int Beats { get; set; }

        public double Time { get; set; }

        public int Width { get; set; }

        public int Frames { get; set; }

        public bool Paused { get; set; }

        public override string ToString() => $"failure {Failure}, stopped {Stopped}, {Licences} licences, {Beats} beats, {Frames} frames, at {Time} s";
    }
}
