using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>Every page in Chromium, as each kind of person, in both themes: it opens or refuses as the roles say, complains of nothing, moves nothing, and axe-core finds nothing.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ConsolePagesTests(ConsoleSite site)
{
    private const string Fits = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth";

    private const string MeasureShift = """
        () => new Promise(resolve => {
          let shift = 0;
          new PerformanceObserver(list => { for (const entry of list.getEntries()) shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => resolve(shift), 150);
        })
        """;

    [SkippableTheory]
    [InlineData("reader", ColorScheme.Light, 1280)]
    [InlineData("editor", ColorScheme.Dark, 1280)]
    [InlineData("operator", ColorScheme.Light, 390)]
    [InlineData("packager", ColorScheme.Dark, 390)]
    public async Task Pages_open_as_the_roles_say_without_complaint_and_without_moving(string who, ColorScheme theme, int width)
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        var roles = who switch { "reader" => Pages.Reader, "editor" => Pages.Editor, "operator" => Pages.Operator, _ => Pages.Packager };
        await using var visit = await site.VisitAsync(roles, new() { ColorScheme = theme, ViewportSize = new() { Width = width, Height = 900 } });
        visit.Complaints.Clear();
        foreach (var page in Pages.All)
        {
            var status = await visit.GotoAsync(page.Path);
            if (Pages.Opens(page, roles))
            {
                Assert.True(status == 200, $"{page.Path} answered {status} to {who}");
                Assert.True(await visit.Page.EvaluateAsync<double>(MeasureShift) == 0, page.Path + " moves");
                Assert.True(await visit.Page.EvaluateAsync<bool>(Fits), page.Path + " is wider than the window");
                Assert.Empty(visit.Complaints);
            }
            else
            {
                // Or led to where there is something for them.
                var moved = new Uri(visit.Page.Url).PathAndQuery != page.Path;
                Assert.True(status == 403 || moved, $"{page.Path} answered {status} to {who}");
                if (!moved) Assert.Contains("not open to you", await visit.Page.TextContentAsync("main"), StringComparison.Ordinal);
                visit.Complaints.Clear(); // Chromium reports the 403 itself.
            }
        }
    }

    [SkippableTheory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Axe_finds_no_violation(ColorScheme theme, int width)
    {
        Skip.If(Tools.Chromium is null || Tools.Axe is null, "Needs chromium and axe-core: tests/run installs them.");
        await using var visit = await site.VisitAsync(Pages.Everything, new() { ColorScheme = theme, BypassCSP = true, ViewportSize = new() { Width = width, Height = 900 } });
        var found = new List<string>();
        foreach (var path in Pages.All.Select(page => page.Path).Append("/console/nothing-here"))
        {
            await visit.GotoAsync(path);

            // Everything that is folded is looked at, too.
            await visit.Page.EvaluateAsync("() => document.querySelectorAll('details.behind').forEach(one => one.open = true)");
            if (!await visit.Page.EvaluateAsync<bool>(Fits)) found.Add(path + " is wider than the window");
            await visit.Page.AddScriptTagAsync(new() { Path = Tools.Axe });
            foreach (var violation in await visit.Page.EvaluateAsync<string[]>(
                "() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(result => result.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160)).join(' | ')))"))
                found.Add($"{path}: {violation}");
        }

        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [SkippableFact]
    public async Task Who_is_not_signed_in_sees_the_sign_in_page_only()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = site.Address };
        foreach (var (path, _) in Pages.All.Append(("/console/audit/export.csv", [])).Append(("/console/nothing-here", [])))
        {
            using var answer = await http.GetAsync(path);
            Assert.Equal(System.Net.HttpStatusCode.Redirect, answer.StatusCode);
            Assert.StartsWith("/console/sign-in?to=", answer.Headers.Location!.PathAndQuery, StringComparison.Ordinal);
            Assert.Empty(await answer.Content.ReadAsStringAsync());
        }
    }
}
