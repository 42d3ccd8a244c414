using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Host.Tokens;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>One hub with some real licences and refusals in its log, and one browser: for all tests of the console.</summary>
public sealed class ConsoleSite : IAsyncLifetime
{
    private HubProcess? _hub;
    private LocalTokenKey? _key;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public Uri Address => _hub!.Address;

    public HttpClient Http => _hub!.Http;

    public IBrowser Browser => _browser!;

    public async Task InitializeAsync()
    {
        if (Tools.Chromium is null) return;
        _hub = await HubProcess.StartAsync();
        _key = LocalTokenKey.OpenOrCreate(_hub.Data);
        await AskAsync("demo-premium", "IN");
        await AskAsync("demo-premium", "DE");
        await AskAsync("demo-free", "IN");
        await AskAsync("demo-suspended", "US");
        await PutAsync("/rights/revocations/lab", """{"systemIds":[4711],"appIds":["app.cracked"]}""");
        await PutAsync("/rights/takedowns/an-old-one", """{"content":{"patterns":["long-gone"]},"territories":["IN"],"from":"2026-01-01T00:00:00Z","reason":"a court order"}""");
        await PutAsync("/rights/subscribers/viewer", """
            {"subscriptions":[{"plan":"premium","from":"2026-01-01T00:00:30.500Z","until":"2099-01-01T00:00:00Z"}],
             "purchases":[{"content":"demo-nordlys"}],"devices":[{"id":"living-room","name":"Television","platform":"tv"},{"id":"old-phone"}]}
            """);
        _playwright = await Playwright.CreateAsync();
        _browser = await Browsers.LaunchAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        _key?.Dispose();
        if (_hub is not null) await _hub.DisposeAsync();
    }

    /// <summary>A link that lets somebody in once.</summary>
    public string Link(params string[] roles) => new Uri(Address, "/console/sign-in?link=" + SignIn(roles)).AbsoluteUri;

    /// <summary>A browser of somebody with these roles, at the first page.</summary>
    internal async Task<Visit> VisitAsync(string[] roles, BrowserNewContextOptions? options = null)
    {
        var context = await Browser.NewContextAsync(options ?? new BrowserNewContextOptions());
        var page = await context.NewPageAsync();
        await page.GotoAsync(Link(roles));
        await page.ClickAsync("button.primary");
        return new Visit(this, context, page);
    }

    /// <summary>A session without a browser: the cookies of somebody with these roles.</summary>
    public async Task<HttpClient> SessionAsync(params string[] roles)
    {
        var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        var form = await Forms.ReadAsync(http, new Uri(Link(roles)).PathAndQuery, "/console/sign-in/link");
        using var answer = await http.PostAsync("/console/sign-in/link", new FormUrlEncodedContent(form));
        Assert.Equal(System.Net.HttpStatusCode.Redirect, answer.StatusCode);
        return http;
    }

    private string SignIn(string[] roles) => new TokenIssuer(_key!, TimeProvider.System).ForConsole("somebody", roles, TimeSpan.FromMinutes(15));

    private async Task PutAsync(string path, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", new TokenIssuer(_key!, TimeProvider.System).ForOperator("setup", OperatorRoles.All, TimeSpan.FromMinutes(5)));
        using var answer = await Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private async Task AskAsync(string subscriber, string country)
    {
        var token = new TokenIssuer(_key!, TimeProvider.System).ForPlayer(new PlayerClaims { Subscriber = subscriber, Country = country, Lifetime = TimeSpan.FromMinutes(5) });
        var demo = await Http.GetFromJsonAsync<JsonElement>("/play/demo.json");
        var kids = demo.GetProperty("tracks").EnumerateArray().Select(track => System.Buffers.Text.Base64Url.EncodeToString(Convert.FromHexString(track.GetProperty("keyId").GetString()!)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/clearkey") { Content = JsonContent.Create(new { kids, type = "temporary" }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await Http.SendAsync(request);
    }
}

/// <summary>One person's browser and what the console complained of in it.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly ConsoleSite _site;
    private readonly IBrowserContext _context;

    public Visit(ConsoleSite site, IBrowserContext context, IPage page)
    {
        _site = site;
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") Complaints.Add($"{page.Url}: {message.Text}");
        };
        page.PageError += (_, error) => Complaints.Add(error);
    }

    public IPage Page { get; }

    public List<string> Complaints { get; } = [];

    public async Task<int> GotoAsync(string path) => (await Page.GotoAsync(new Uri(_site.Address, path).AbsoluteUri))!.Status;

    public ValueTask DisposeAsync() => new(_context.CloseAsync());
}

[CollectionDefinition(Name)]
public sealed class ConsoleCollection : ICollectionFixture<ConsoleSite>
{
    public const string Name = "console";
}
