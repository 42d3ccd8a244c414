using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests.Listening;

/// <summary>The page <c>/listen</c>, in Chromium: an album across its tracks, the tiers, the search, and what is kept offline.</summary>
public sealed class ListenPageTests
{
    private const string Time = "() => document.getElementById('audio').currentTime";

    [SkippableFact]
    public async Task An_encrypted_album_plays_across_its_tracks_without_a_gap_and_with_one_licence()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        var complaints = new ConcurrentQueue<string>();
        var licences = new ConcurrentQueue<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => complaints.Enqueue(error);
        page.Request += (_, request) =>
        {
            if (request.Url.Contains("licen", StringComparison.Ordinal) || request.Url.Contains("/key/", StringComparison.Ordinal)) licences.Enqueue(request.Url);
        };
        await page.GotoAsync(new Uri(hub.Address, "/listen").AbsoluteUri);
        await page.Locator("button[data-id='listen-track-1']").ClickAsync();
        await page.WaitForFunctionAsync(Time.Replace("currentTime", "currentTime > 0.5", StringComparison.Ordinal), null, new() { Timeout = 30_000 });
        Assert.Equal("Premium: high quality", await page.Locator("#verdict").TextContentAsync());

        // Both borders of the three tracks lie inside one buffered range: there is no moment between them without sound.
        await page.WaitForFunctionAsync("() => { const { buffered } = document.getElementById('audio'); return buffered.length && buffered.end(buffered.length - 1) > 21; }", null, new() { Timeout = 30_000 });
        var gaps = await page.EvaluateAsync<double[]>("() => { const { buffered } = document.getElementById('audio'); return Array.from({ length: buffered.length - 1 }, (_, i) => buffered.start(i + 1) - buffered.end(i)); }");
        Assert.True(gaps.Length == 0 || gaps.Max() < 0.001, string.Join(' ', gaps));
        var starts = await page.EvaluateAsync<double[]>("() => listening.timeline.places.map((place) => place.start)");
        Assert.Equal([0, 10, 20], starts);

        // Over the first border by itself: the element never waits, and no licence is asked for.
        await page.EvaluateAsync("() => { window.waits = 0; const audio = document.getElementById('audio'); audio.currentTime = 9; audio.addEventListener('waiting', () => { if (audio.currentTime > 9.2) waits++; }); }");
        await page.WaitForFunctionAsync(Time.Replace("currentTime", "currentTime > 10.5", StringComparison.Ordinal), null, new() { Timeout = 60_000 });
        Assert.Equal(0, await page.EvaluateAsync<int>("() => waits"));
        Assert.Single(licences);
        await page.WaitForFunctionAsync("() => document.getElementById('now').textContent === 'बादल'");

        // A skip to what is buffered waits for nothing either.
        await page.Locator("#next").ClickAsync();
        await page.WaitForFunctionAsync(Time.Replace("currentTime", "currentTime > 20.2", StringComparison.Ordinal), null, new() { Timeout = 30_000 });
        Assert.Single(licences);
        await page.WaitForFunctionAsync("() => document.getElementById('audio').ended", null, new() { Timeout = 60_000 });
        var end = await page.EvaluateAsync<double>(Time);
        Assert.InRange(end, 29.999, 30.001);
        Assert.Empty(complaints);
    }

    [SkippableFact]
    public async Task What_is_added_to_the_queue_plays_behind_it_whatever_its_format()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(hub.Address, "/listen").AbsoluteUri);
        await page.Locator("input[value='lossless']").CheckAsync(new() { Force = true });
        await page.Locator("button[data-id='listen-track-3']").ClickAsync();
        await page.WaitForFunctionAsync(Time.Replace("currentTime", "currentTime > 0.3", StringComparison.Ordinal), null, new() { Timeout = 30_000 });

        // Lossless is FLAC and the talk is AAC: the same source buffer goes on in the other format.
        await page.Locator("button[data-add='listen-talk-1']").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('queue-note').textContent === 'The handshake was added.'");
        await page.Locator("button[data-add='listen-talk-1']").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('queue-note').textContent.endsWith('in the queue already.')");
        Assert.StartsWith("2 licences with 4 keys", await page.Locator("#sentence").TextContentAsync(), StringComparison.Ordinal);
        await page.WaitForFunctionAsync("() => { const { buffered } = document.getElementById('audio'); return buffered.length === 1 && buffered.end(0) > 21; }", null, new() { Timeout = 30_000 });
        await page.EvaluateAsync("() => { document.getElementById('audio').currentTime = 9; }");
        await page.WaitForFunctionAsync("() => document.getElementById('now').textContent === 'The handshake' && document.getElementById('audio').currentTime > 10.3", null, new() { Timeout = 30_000 });

        // Added after the end it begins at once.
        await page.EvaluateAsync("() => { document.getElementById('audio').currentTime = 21.8; }");
        await page.WaitForFunctionAsync("() => document.getElementById('audio').ended", null, new() { Timeout = 30_000 });
        await page.Locator("button[data-add='listen-track-1']").ClickAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('#queue li:last-child button').ariaCurrent === 'true' && document.getElementById('audio').currentTime > 22.3", null, new() { Timeout = 30_000 });

        // What the tier does not get is not added, and what plays goes on.
        await page.Locator("input[value='free']").CheckAsync(new() { Force = true });
        await page.Locator("#groups button[data-id='listen-track-1']").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('verdict').textContent === 'Free: low quality' && document.getElementById('audio').currentTime > 0.3", null, new() { Timeout = 30_000 });
        await page.Locator("button[data-add='listen-talk-1']").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('queue-note').textContent === 'The handshake was not added: no plan of this listener covers it.'");
        Assert.Equal(3, await page.Locator("#queue li").CountAsync());
        Assert.False(await page.EvaluateAsync<bool>("() => document.getElementById('audio').paused"));
    }

    [SkippableFact]
    public async Task Each_tier_hears_what_its_deals_allow_and_the_page_says_why()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(hub.Address, "/listen").AbsoluteUri);

        // Found under another spelling than any of its own.
        // A hub that has just begun may not have read the new catalogue yet: whoever types again finds it.
        var found = page.Locator("#found button[data-id='listen-track-3']");
        for (var i = 0; i < 30 && await found.CountAsync() == 0; i++)
        {
            await page.FillAsync("#query", "");
            await page.FillAsync("#query", "vennala");
            await Task.Delay(1000);
        }

        await Assertions.Expect(found).ToBeVisibleAsync();
        await page.FillAsync("#query", "");
        await page.Locator("#groups button[data-id='listen-track-1']").ClickAsync();
        foreach (var (tier, verdict, codec, why) in new[]
        {
            ("lossless", "Lossless: lossless quality", "flac", ""),
            ("free", "Free: low quality", "mp4a.40.2", "this tier’s deal does not cover this quality"),
            ("premium", "Premium: high quality", "mp4a.40.2", "lossless"),
        })
        {
            await page.Locator($"input[value='{tier}']").CheckAsync(new() { Force = true });
            await page.WaitForFunctionAsync("(verdict) => document.getElementById('verdict').textContent === verdict && document.getElementById('audio').currentTime > 0.3 && !document.getElementById('audio').paused", verdict, new() { Timeout = 30_000 });
            Assert.Equal(codec, await page.EvaluateAsync<string>("() => listening.tracks[0].rendition.codec"));
            Assert.Equal(tier == "free", await page.Locator("#ads").IsVisibleAsync());
            if (why.Length > 0) Assert.NotEmpty(await page.Locator("#why").TextContentAsync() ?? "");
        }

        // The podcast is for those who pay.
        await page.Locator("button[data-id='listen-talk-1']").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('now').textContent === 'The handshake'", null, new() { Timeout = 30_000 });
        await page.Locator("input[value='free']").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('verdict').textContent === 'Refused'", null, new() { Timeout = 30_000 });
        Assert.Contains("no plan of this listener covers it", await page.Locator("#why").TextContentAsync(), StringComparison.Ordinal);

        // Offline: not for free, and for premium until the next check-in.
        await page.Locator("#groups button[data-id='listen-track-1']").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('verdict').textContent === 'Free: low quality'");
        await page.Locator("#keep").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('shelf').textContent.startsWith('Not kept')");
        await page.Locator("input[value='premium']").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('verdict').textContent === 'Premium: high quality'");
        await page.Locator("#keep").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('shelf').textContent.startsWith('3 titles kept')");
        await page.Locator("#checkin").ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('shelf').textContent.includes('Checked in')");
    }
}
