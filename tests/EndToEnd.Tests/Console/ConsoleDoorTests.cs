using System.Net;
using System.Net.Http.Headers;
using DrmHub.Host.Tokens;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>The console's door, knocked at by hand.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ConsoleDoorTests(ConsoleSite site)
{
    [SkippableFact]
    public async Task A_link_lets_in_once()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        var link = site.Link("audit.read");
        var path = new Uri(link).PathAndQuery;
        using var first = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = site.Address };
        using var second = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = site.Address };

        // Looking is not using.
        var form = await Forms.ReadAsync(first, path, "/console/sign-in/link");
        var other = await Forms.ReadAsync(second, path, "/console/sign-in/link");
        using var used = await first.PostAsync("/console/sign-in/link", new FormUrlEncodedContent(form));
        Assert.Equal("/console", used.Headers.Location?.OriginalString);
        using var again = await second.PostAsync("/console/sign-in/link", new FormUrlEncodedContent(other));
        Assert.Equal("/console/sign-in?problem=used", again.Headers.Location?.OriginalString);
        using var page = await second.GetAsync("/console/audit");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [SkippableFact]
    public async Task Forms_need_their_token()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        using var session = await site.SessionAsync("audit.read");
        foreach (var path in (string[])["/console/preferences", "/console/sign-out", "/console/sign-in/link", "/console/try/decode"])
        {
            using var answer = await session.PostAsync(path, new FormUrlEncodedContent(new Dictionary<string, string> { ["theme"] = "dark", ["text"] = "x", ["_handler"] = "decode" }));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Set-Cookie") && answer.Headers.GetValues("Set-Cookie").Any(cookie => cookie.StartsWith("drmhub.theme", StringComparison.Ordinal)));
        }

        using var still = await session.GetAsync("/console/audit");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [SkippableFact]
    public async Task A_session_opens_no_api_and_a_bearer_token_opens_no_page()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        using var session = await site.SessionAsync([.. OperatorRoles.All]);
        using var api = await session.GetAsync("/audit/entries");
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);

        using var bearer = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = site.Address };
        bearer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new Uri(site.Link("audit.read")).Query["?link=".Length..]);
        using var page = await bearer.GetAsync("/console/audit");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        using var entries = await bearer.GetAsync("/audit/entries");
        Assert.Equal(HttpStatusCode.Unauthorized, entries.StatusCode);
    }

    [SkippableFact]
    public async Task Every_answer_carries_the_headers()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        using var session = await site.SessionAsync("audit.read");
        foreach (var path in (string[])["/console", "/console/sign-in", "/console/operations", "/console/nothing", "/console/audit/export.csv"])
        {
            using var answer = await session.GetAsync(path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(answer.Headers.CacheControl!.NoStore, path);
            var html = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotContain("style=\"", html, StringComparison.Ordinal);
            Assert.DoesNotContain("onclick", html, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task An_export_holds_what_the_filters_find()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        using var session = await site.SessionAsync("audit.read");
        var csv = await session.GetStringAsync("/console/audit/export.csv?outcome=refused&country=IN");
        var lines = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 1);
        Assert.All(lines[1..], line => Assert.Contains(",IN,entitlement.none,", line, StringComparison.Ordinal));
        var json = await session.GetStringAsync("/console/audit/export.ndjson?outcome=refused&country=IN");
        Assert.Equal(lines.Length - 1, json.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        using var wrong = await session.GetAsync("/console/audit/export.csv?kind=nonsense");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [SkippableTheory]
    [InlineData("https://evil.example/console")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/elsewhere")]
    public async Task A_form_never_leads_elsewhere(string to)
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        using var session = await site.SessionAsync("audit.read");
        var form = await Forms.ReadAsync(session, "/console/audit", "/console/preferences");
        form["to"] = to;
        form["theme"] = "dark";
        using var answer = await session.PostAsync("/console/preferences", new FormUrlEncodedContent(form));
        Assert.Equal("/console", answer.Headers.Location?.OriginalString);
    }
}
