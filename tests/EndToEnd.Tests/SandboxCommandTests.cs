using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DrmHub.Host.Commands;
using DrmHub.Sandbox.Devices;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests;

/// <summary><c>drmhub sandbox</c>, <c>drmhub sandbox device</c> and the play page's simulation, as an integrator uses them.</summary>
public sealed class SandboxCommandTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "drmhub.dll");

    [Fact]
    public async Task A_device_on_the_command_line_asks_a_hub_and_says_what_it_could_open()
    {
        await using var hub = await HubProcess.StartAsync();
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        var (exitCode, output, error) = await DeviceAsync("widevine-l3", "--url", new Uri(hub.Address, "/license/widevine").AbsoluteUri, "--token", token, "--content-id", "demo-title", "--privacy", "--then", "renewal", "--json");
        Assert.True(exitCode == 0, error);
        var report = JsonNode.Parse(output)!.AsArray();
        var opened = report[0]!["keys"]!.AsArray().Where(key => (string?)key!["verdict"] == "Plays").ToList();
        Assert.Equal("AUDIO, SD", (string?)report[0]!["granted"]);
        Assert.Equal(2, opened.Count);
        Assert.Equal(200, (int?)report[1]!["statuses"]![0]);
        Assert.DoesNotContain(token, output, StringComparison.Ordinal);

        // As a table, and refused.
        var suspended = await hub.TokenAsync("player", "--sub", "demo-suspended");
        (exitCode, output, _) = await DeviceAsync("playready-3000", "--url", new Uri(hub.Address, "/license/playready").AbsoluteUri, "--token", suspended, "--kid", (string)opened[0]!["keyId"]!);
        Assert.Equal(1, exitCode);
        Assert.Contains("entitlement.suspended", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_services_run_alone_and_take_orders_for_faults()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[Program, "sandbox", "--urls", "http://127.0.0.1:0"]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            string? line;
            do line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
            while (line is not null && !line.StartsWith("Ready on ", StringComparison.Ordinal));
            var address = new Uri(line!["Ready on ".Length..]);
            using var http = new HttpClient { BaseAddress = address };
            var url = new Uri(address, "/sandbox/playready/rightsmanager.asmx?cfg=(kid:header,sl:2000)").AbsoluteUri;
            Assert.Equal(0, (await DeviceAsync("playready-2000", "--url", url, "--kid", "a2c786d0-f9ef-4cb3-b333-cd323a4284a5")).ExitCode);

            using var ordered = await http.PostAsJsonAsync("/sandbox/faults", new { fault = "status:503", count = 1 });
            Assert.Equal(HttpStatusCode.OK, ordered.StatusCode);
            var (exitCode, output, _) = await DeviceAsync("playready-2000", "--url", url, "--kid", "a2c786d0-f9ef-4cb3-b333-cd323a4284a5");
            Assert.Equal(1, exitCode);
            Assert.Contains("http.503", output, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Production_has_no_sandbox()
    {
        Assert.True(SandboxCommand.IsRefused("Production"));
        Assert.False(SandboxCommand.IsRefused("Development"));

        // An address that strangers can reach is Production unless somebody says otherwise.
        var (exitCode, _, error) = await Tools.RunAsync("dotnet", [Program, "sandbox", "--urls", "http://0.0.0.0:0"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("does not run in Production", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_arguments_are_said_before_anything_is_sent()
    {
        Assert.Equal(2, (await DeviceAsync("widevine-l9", "--url", "http://127.0.0.1:1/")).ExitCode);
        Assert.Contains("--kid", (await DeviceAsync("widevine-l1", "--url", "http://127.0.0.1:1/", "--kid", "12")).Error, StringComparison.Ordinal);
        Assert.Contains("Nothing to ask for", (await DeviceAsync("widevine-l1", "--url", "http://127.0.0.1:1/")).Error, StringComparison.Ordinal);
        Assert.Contains("--url", (await DeviceAsync("widevine-l1", "--url", "ftp://127.0.0.1/", "--content-id", "x")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_simulated_device_plays_on_the_play_page()
    {
        await using var hub = await HubProcess.StartAsync();
        Assert.Equal(SimulatedDevices.Kinds, await hub.Http.GetFromJsonAsync<string[]>("/play/devices"));
        foreach (var kind in SimulatedDevices.Kinds)
        {
            var answer = await SimulateAsync(hub, "demo-premium", kind);
            var names = answer["tracks"]!.AsArray().ToDictionary(track => (string)track!["keyId"]!, track => (string)track!["name"]!);
            var playing = answer["device"]!["keys"]!.AsArray().Where(key => (string?)key!["verdict"] == "Plays").Select(key => names[(string)key!["keyId"]!]).Order().ToArray();
            var low = kind is "widevine-l3" or "fairplay-old" or "playready-2000" or "playready-150";
            Assert.True(playing.SequenceEqual(low ? ["AUDIO", "SD"] : ["AUDIO", "HD", "SD"]), $"{kind}: {answer}");
        }

        Assert.Equal("entitlement.suspended", (string?)(await SimulateAsync(hub, "demo-suspended", "fairplay-main"))["device"]!["refusal"]!["code"]);
        using var stranger = await hub.Http.PostAsJsonAsync("/play/simulate", new { subscriber = "somebody", device = "widevine-l1" });
        Assert.Equal(HttpStatusCode.BadRequest, stranger.StatusCode);
    }

    [SkippableFact]
    public async Task The_page_shows_what_a_simulated_device_got()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        var complaints = new List<string>();
        page.PageError += (_, error) => complaints.Add(error);
        await page.GotoAsync(new Uri(hub.Address, "/play").AbsoluteUri);
        await page.GetByLabel("widevine-l3").CheckAsync(new() { Force = true });
        await page.GetByLabel("demo-premium").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('details').textContent.includes('Widevine L3')");
        var rows = await page.Locator("#keys tbody tr").AllTextContentsAsync();
        Assert.Contains("granted", rows[1], StringComparison.Ordinal);
        Assert.Contains("device.level", rows[2], StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("DRMHUB_SCREENSHOTS") is { } folder) await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "play-simulated.png"), FullPage = true });
        await page.GetByLabel("widevine-l1").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('details').textContent.includes('Widevine L1')");
        Assert.Contains("granted", (await page.Locator("#keys tbody tr").AllTextContentsAsync())[2], StringComparison.Ordinal);
        await page.GetByLabel("demo-suspended").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('verdict').textContent === 'Refused'");
        Assert.Empty(complaints);
    }

    private static async Task<JsonObject> SimulateAsync(HubProcess hub, string subscriber, string device)
    {
        using var response = await hub.Http.PostAsJsonAsync("/play/simulate", new { subscriber, device });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static Task<(int ExitCode, string Output, string Error)> DeviceAsync(params string[] arguments) => Tools.RunAsync("dotnet", [Program, "sandbox", "device", .. arguments]);
}
