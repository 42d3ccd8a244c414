using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using DrmHub.Benchmarks.Keys;
using DrmHub.Host.Tokens;

namespace DrmHub.Benchmarks.ConsolePages;

/// <summary>
/// <c>tests/bench console [rounds] [licences]</c>: milliseconds until the first byte of each page of the console over the demo data and some licences,
/// beside <c>/health/live</c> of the same hub in the same rounds, and the very first page of a hub that has just started. The processor time of the hub for each page
/// stands beside: it is what the first byte takes at most where nothing else runs on the machine.
/// </summary>
internal static partial class ConsoleBenchmark
{
    private static readonly string[] s_pages =
    [
        "/console", "/console/audit", "/console/audit?outcome=refused&open=20", "/console/audit/charts?last=24h", "/console/rights/deals", "/console/rights/deals/demo",
        "/console/rights/titles", "/console/rights/subscribers", "/console/try?subscriber=demo-premium&title=demo-title&country=IN&device=widevine-l3", "/console/operations",
    ];

    public static async Task Run(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 50;
        var licences = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 500;
        var soon = await FirstPageAsync(TimeSpan.Zero);
        var later = await FirstPageAsync(TimeSpan.FromSeconds(8));
        await using var hub = await BenchmarkHub.StartAsync(postgres: null);
        using var key = LocalTokenKey.OpenOrCreate(hub.Data);
        var tokens = new TokenIssuer(key, TimeProvider.System);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = hub.Address };
        await SignInAsync(http, tokens);
        await AskAsync(http, tokens, licences);

        var times = s_pages.Prepend("/health/live").ToDictionary(page => page, _ => new List<double>());
        foreach (var page in times.Keys) await FirstByteAsync(http, page);
        for (var round = 0; round < rounds; round++)
            foreach (var (page, list) in times) list.Add(await FirstByteAsync(http, page));

        var cpu = new Dictionary<string, double>();
        foreach (var page in times.Keys)
        {
            var before = hub.ProcessorTime;
            for (var round = 0; round < rounds; round++) await FirstByteAsync(http, page);
            cpu[page] = (hub.ProcessorTime - before).TotalMilliseconds / rounds;
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{licences} licences and refusals in the log; {rounds} rounds; milliseconds until the first byte"));
        Console.Out.WriteLine("page                                                                            median     p95   CPU each");
        foreach (var (page, list) in times)
        {
            list.Sort();
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(page.Length > 74 ? page[..74] : page),-76} {list[list.Count / 2],9:0.00} {list[(int)(list.Count * 0.95)],7:0.00} {cpu[page],10:0.00}"));
        }

        foreach (var (when, first) in new[] { ("at once", soon), ("8 s after the start", later) })
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a new hub, asked {when}: the sign-in page {first.SignIn:0} ms ({first.Processor:0} ms of processor time), the first page behind it {first.Behind:0} ms"));
    }

    /// <summary>The sign-in page and the first one behind it, of a hub that nobody asked for a page before.</summary>
    private static async Task<(double SignIn, double Processor, double Behind)> FirstPageAsync(TimeSpan after)
    {
        await using var hub = await BenchmarkHub.StartAsync(postgres: null);
        using var key = LocalTokenKey.OpenOrCreate(hub.Data);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = hub.Address };
        await Task.Delay(after);
        var before = hub.ProcessorTime;
        var signIn = await FirstByteAsync(http, "/console/sign-in");
        var processor = (hub.ProcessorTime - before).TotalMilliseconds;
        await SignInAsync(http, new TokenIssuer(key, TimeProvider.System));
        return (signIn, processor, await FirstByteAsync(http, "/console"));
    }

    private static async Task<double> FirstByteAsync(HttpClient http, string path)
    {
        var began = Stopwatch.GetTimestamp();
        using var answer = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}.");
        await answer.Content.ReadAsByteArrayAsync();
        return elapsed;
    }

    private static async Task SignInAsync(HttpClient http, TokenIssuer tokens)
    {
        var code = tokens.ForConsole("bench", OperatorRoles.All, TimeSpan.FromMinutes(5));
        var page = await http.GetStringAsync("/console/sign-in?link=" + code);
        var form = new Dictionary<string, string> { ["code"] = code, ["__RequestVerificationToken"] = WebUtility.HtmlDecode(FormToken().Match(page).Groups[1].Value) };
        using var answer = await http.PostAsync("/console/sign-in/link", new FormUrlEncodedContent(form));
        if (answer.Headers.Location?.OriginalString != "/console") throw new InvalidOperationException("The sign-in failed.");
    }

    private static async Task AskAsync(HttpClient http, TokenIssuer tokens, int licences)
    {
        var demo = await http.GetFromJsonAsync<JsonElement>("/play/demo.json");
        var kids = demo.GetProperty("tracks").EnumerateArray().Select(track => Base64Url.EncodeToString(Convert.FromHexString(track.GetProperty("keyId").GetString()!))).ToArray();
        string[] countries = ["IN", "DE", "US", "BR", "GB"];
        for (var i = 0; i < licences; i++)
        {
            var token = tokens.ForPlayer(new PlayerClaims { Subscriber = i % 3 == 0 ? "demo-free" : "demo-premium", Country = countries[i % countries.Length], Lifetime = TimeSpan.FromMinutes(5) });
            using var request = new HttpRequestMessage(HttpMethod.Post, "/license/clearkey") { Content = JsonContent.Create(new { kids, type = "temporary" }) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await http.SendAsync(request);
        }
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
