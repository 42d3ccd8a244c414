using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>What those who watch a hub see: metrics, traces, log lines, and the dashboard and rules that are written for them.</summary>
public sealed partial class TelemetryTests
{
    [Fact]
    public async Task The_dashboard_and_the_rules_ask_for_metrics_that_exist()
    {
        await using var hub = await HubProcess.StartAsync();
        await AskForLicenseAsync(hub);
        await AskForCertificateAsync(hub);
        var text = await hub.Http.GetStringAsync("/metrics");
        var served = Sample().Matches(text).Select(match => match.Groups[1].Value).ToHashSet();

        string[] asked = [.. Asked("deploy/grafana/drmhub.json"), .. Asked("deploy/prometheus/alerts.yaml")];

        Assert.True(asked.Length > 15);

        // A counter that never counted and a database that is SQLite are not served; what they are called is known from their instruments.
        // OverloadTests and DoorLimitTests see the counters of those who were sent away.
        string[] silent = ["drmhub_audit_failures_total", "drmhub_licenses_shed_total", "drmhub_requests_limited_total"];
        Assert.Empty(asked.Distinct().Except(served).Except(silent));
    }

    [Fact]
    public async Task Metrics_name_no_subscriber_and_no_title()
    {
        await using var hub = await HubProcess.StartAsync();
        await AskForLicenseAsync(hub);

        var text = await hub.Http.GetStringAsync("/metrics");

        Assert.Contains("""drmhub_licenses_total{""", text, StringComparison.Ordinal);
        Assert.DoesNotContain("demo-premium", text, StringComparison.Ordinal);
        Assert.DoesNotContain("demo-title", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Loopback", true, HttpStatusCode.Unauthorized)]
    [InlineData("Loopback", false, HttpStatusCode.OK)]
    [InlineData("Open", true, HttpStatusCode.OK)]
    [InlineData("Off", false, HttpStatusCode.NotFound)]
    public async Task Metrics_open_to_whom_the_settings_say(string access, bool isForwarded, HttpStatusCode expected)
    {
        await using var hub = await HubProcess.StartAsync(null, $"--Telemetry:Metrics={access}");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (isForwarded) request.Headers.Add("X-Forwarded-For", "192.0.2.7");

        using var answer = await hub.Http.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task A_licence_its_upstream_and_its_audit_entry_are_one_trace()
    {
        await using var collector = new OtlpCollector();
        await using var hub = await HubProcess.StartAsync(null, $"--Telemetry:Otlp={collector.Address}", "--Telemetry:SampleRatio=1", "--Telemetry:Interval=00:00:01");
        using var device = new WidevineDevice(WidevineLevel.L1, "traced");
        var wish = new LicenseWish { KeyIds = [], ContentId = "demo-title", Scheme = Cenc.ProtectionScheme.Cenc };
        using var visit = Assert.Single(await new DeviceClient(hub.Http).AskAsync(device, wish, new Uri(hub.Address, "/license/widevine"), await hub.TokenAsync("player", "--sub", "demo-premium")));
        Assert.NotNull(visit.License);

        var spans = await collector.WaitForAsync(seen => seen.Any(span => span.Name == "license") && seen.Any(span => span.Name == "audit append") && seen.Any(span => span.Name == "upstream"));

        var license = spans.First(span => span.Name == "license");
        Assert.Contains(spans, span => span.Name == "upstream" && span.TraceId == license.TraceId);
        Assert.Contains(spans, span => span.Name == "audit append" && span.TraceId == license.TraceId);
        Assert.Contains(spans, span => span.TraceId == license.TraceId && span.SpanId == license.ParentId);
        Assert.True(await collector.WaitForMetricsAsync());
    }

    [Fact]
    public async Task Log_lines_in_json_carry_level_message_and_time()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Logging:Format=json", "--Logging:Level=Debug");
        await AskForLicenseAsync(hub);
        await hub.StopAsync();

        var lines = hub.Log.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.True(line.TryGetProperty("@t", out _) && line.TryGetProperty("@m", out _)));
        Assert.Contains(lines, line => line.TryGetProperty("@tr", out _));
    }

    private static async Task AskForLicenseAsync(HubProcess hub)
    {
        using var demo = JsonDocument.Parse(await hub.Http.GetStringAsync("/play/demo.json"));
        var kid = Kid().Match(demo.RootElement.GetRawText()).Groups[1].Value;
        var keyId = System.Buffers.Text.Base64Url.EncodeToString(Convert.FromHexString(kid.Replace("-", "", StringComparison.Ordinal)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/clearkey") { Content = new StringContent($$"""{"kids":["{{keyId}}"],"type":"temporary"}""") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await hub.TokenAsync("player", "--sub", "demo-premium"));
        using var answer = await hub.Http.SendAsync(request);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Forbidden, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A service certificate request, SignedMessage type 4: the smallest that goes to a licence service.</summary>
    private static async Task AskForCertificateAsync(HubProcess hub)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/widevine") { Content = new ByteArrayContent([0x08, 0x04]) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await hub.TokenAsync("player", "--sub", "demo-premium"));
        using var answer = await hub.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static IEnumerable<string> Asked(string file) =>
        Metric().Matches(File.ReadAllText(Path.Combine(Repository.Root, file))).Select(match => match.Value);

    [GeneratedRegex(@"\b(?:drmhub|http_server|kestrel|dotnet)_[a-z_]+(?:_total|_bucket|_bytes|_stopped|_unpublished|_circuit|_connections)\b")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^([a-z_]+)[{ ]", RegexOptions.Multiline)]
    private static partial Regex Sample();

    [GeneratedRegex(@"""([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})""")]
    private static partial Regex Kid();
}
