using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.LicenseProxy.Upstreams.Vendors;
using DrmHub.Testing;
using Microsoft.Extensions.Configuration;

namespace DrmHub.LicenseProxy.Tests.Upstreams;

public sealed class UpstreamSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_setting_is_read()
    {
        var key = Secret("key", new string('a', 64));
        var iv = Secret("iv", new string('b', 32));
        var read = Read($$"""
            { "Widevine": [ { "Name": "google", "Kind": "widevine", "Url": "https://license.widevine.com/cenc/getlicense/acme", "Provider": "acme", "AesKey": "{{key}}", "AesIv": "{{iv}}",
                "Priority": 1, "Weight": 5, "ConnectTimeoutMs": 300, "FirstByteTimeoutMs": 2000, "TimeoutMs": 4000, "FailoverAfterMs": 500, "Hedge": true, "MaxResponseBytes": 65536, "MaxConcurrent": 64,
                "MaxQueued": 10, "BreakerRatio": 0.25, "BreakerMinimum": 8, "BreakerWindowMs": 5000, "BreakerPauseMs": 1000, "Headers": { "X-Tenant": "a" }, "Tls": { "Pins": [ "abc=" ] } } ],
              "PlayReady": [ { "Name": "axinom", "Kind": "axinom", "CommunicationKeyId": "c", "CommunicationKey": "{{Secret("axinom", Convert.ToBase64String(new byte[32]))}}" } ],
              "FairPlay": [ { "Name": "ksm", "Kind": "ksm", "Url": "http://127.0.0.1:8080/ksm", "Headers": { "Authorization": "{{Secret("header", "Bearer x")}}" } } ] }
            """);
        var google = read.Single(one => one.Name == "google");
        Assert.Equal((1, 5, true, 65536, 64, 10, 0.25, 8), (google.Priority, google.Weight, google.Hedge, google.MaxResponseBytes, google.MaxConcurrent, google.MaxQueued, google.BreakerRatio, google.BreakerMinimum));
        Assert.Equal([300, 2000, 4000, 500, 5000, 1000], new[] { google.ConnectTimeout, google.FirstByteTimeout, google.Timeout, google.FailoverAfter, google.BreakerWindow, google.BreakerPause }.Select(time => time.TotalMilliseconds));
        Assert.Equal(("acme", "acme"), (((WidevineCloudOptions)google.Credentials!).Provider, ((WidevineCloudOptions)google.Credentials!).Signer));
        Assert.Equal("https://drm-playready-licensing.axprod.net/AcquireLicense", read.Single(one => one.Name == "axinom").Url.ToString());
        Assert.Equal("Bearer x", read.Single(one => one.System == DrmSystem.FairPlay).Headers["Authorization"]);
        Assert.DoesNotContain("aaaa", google.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once_and_no_secret_with_it()
    {
        var problems = Assert.Throws<UpstreamSettingsException>(() => Read($$"""
            { "Widevine": [ { "Name": "a b", "Kind": "widevine", "Url": "http://example.com/x", "Provider": "p", "AesKey": "hunter2hunter2", "AesIv": "{{Secret("odd", "hunter3")}}", "Weight": 0, "TimeoutMs": 100, "FirstByteTimeoutMs": 200, "Wieght": 1 },
                { "Name": "twice", "Kind": "playready", "Url": "nonsense", "PolicyKey": "env:DRMHUB_NOT_THERE" } ],
              "PlayReady": [ { "Name": "TWICE", "Kind": "7" }, { "Kind": "playreadytest", "Url": "https://test.playready.microsoft.com/service/rightsmanager.asmx", "Name": "test" } ],
              "ClearKey": [ {} ] }
            """, production: true)).Problems;
        string[] expected =
        [
            "Widevine:0:Name has", "Widevine:0:Url is http to another machine", "Widevine:0:AesKey a secret is named by", "Widevine:0:AesIv is not hex", "Widevine:0:Weight is a whole number", "Widevine:0:FirstByteTimeoutMs is longer",
            "Widevine:0:Wieght is no setting", "Widevine:1:Kind PlayReady does not serve Widevine", "Widevine:1:Url is an absolute", "Widevine:1:PolicyKey the environment variable", "PlayReady:0:Kind is one of", "PlayReady:1:Kind playreadytest puts",
            "ClearKey is none of", "have the name twice",
        ];
        foreach (var part in expected) Assert.Contains(problems, problem => problem.Contains(part, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(problems, problem => problem.Contains("hunter", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_configured_is_nothing() => Assert.Empty(Read("{}"));

    [Theory]
    [InlineData("doverunner", """ "SiteId": "ABCD", "SiteKey": "$32", "AccessKey": "$32" """, typeof(DoveRunnerOptions))]
    [InlineData("drmtoday", """ "Merchant": "acme", "SharedSecret": "$hex" """, typeof(DrmTodayOptions))]
    [InlineData("ezdrm", """ "ProfileId": "P1", "CustomDataKey": "$32" """, typeof(EzdrmOptions))]
    public void Vendors_have_addresses_of_their_own(string kind, string settings, Type type)
    {
        settings = settings.Replace("$32", Secret("s32", new string('k', 32)), StringComparison.Ordinal).Replace("$hex", Secret("hex", new string('c', 64)), StringComparison.Ordinal);
        var read = Read($$"""{ "Widevine": [ { "Name": "v", "Kind": "{{kind}}", {{settings}} } ] }""").Single();
        Assert.Equal((type, "https"), (read.Credentials!.GetType(), read.Url.Scheme));
    }

    [Fact]
    public void Vendors_serve_all_three_systems()
    {
        var key = Secret("ezdrm", new string('k', 32));
        var one = $$"""[ { "Name": "NAME", "Kind": "ezdrm", "ProfileId": "P1", "CustomDataKey": "{{key}}" } ]""";
        var json = string.Join(", ", new[] { "Widevine", "PlayReady", "FairPlay" }.Select(system => $"\"{system}\": {one.Replace("NAME", system, StringComparison.Ordinal)}"));
        Assert.Equal([DrmSystem.Widevine, DrmSystem.PlayReady, DrmSystem.FairPlay], Read($"{{ {json} }}").Select(read => read.System).Order());
    }

    private string Secret(string name, string value)
    {
        var file = Path.Combine(_folder.Path, name);
        File.WriteAllText(file, value + "\n");
        return "file:" + file;
    }

    private static IReadOnlyList<UpstreamOptions> Read(string json, bool production = false)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($$"""{ "Upstreams": {{json}} }"""));
        return UpstreamSettings.Read(new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("Upstreams"), production);
    }
}
