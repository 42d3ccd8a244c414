using System.Net;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>Rights changed by people: what a change will do stands there before it is made, and it is in the log afterwards.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ConsoleRightsTests(ConsoleSite site)
{
    [SkippableFact]
    public async Task A_deal_is_written_previewed_saved_and_has_a_history()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Editor);
        var page = visit.Page;
        await visit.GotoAsync("/console/rights/new/deal");

        // What does not fit is said beside its field, all at once, and nothing that was typed is lost.
        await page.FillAsync("#id", "winter");
        await page.FillAsync("#name", "Winter");
        await page.FillAsync("#territories", "Germany, Atlantis");
        await page.FillAsync("#licenseHours", "often");
        await page.ClickAsync("text=Show who gains");
        Assert.Contains("Atlantis", await page.TextContentAsync("#territories-wrong"), StringComparison.Ordinal);
        Assert.Contains("number of hours", await page.TextContentAsync("#licenseHours-wrong"), StringComparison.Ordinal);
        Assert.Equal("Germany, Atlantis", await page.InputValueAsync("#territories"));

        await page.FillAsync("#patterns", "winter-*");
        await page.FillAsync("#territories", "Germany, at");
        await page.FillAsync("#licenseHours", "12");
        await page.FillAsync("#plans", "premium");
        await page.ClickAsync("text=Show who gains");
        Assert.Contains("Austria, Germany", await page.TextContentAsync(".differences"), StringComparison.Ordinal);
        await page.ClickAsync("text=Save");
        Assert.Contains("/console/rights/deals/winter", page.Url, StringComparison.Ordinal);
        Assert.Contains("12 h", await page.TextContentAsync("main"), StringComparison.Ordinal);

        // A change that takes something away says from whom: the demo deal carried the licences of demo-premium.
        await visit.GotoAsync("/console/rights/deals/demo/edit");
        await page.FillAsync("#territories", "India");
        await page.ClickAsync("text=Show who gains");
        var preview = await page.TextContentAsync(".preview");
        Assert.Contains("Would get less", preview, StringComparison.Ordinal);
        Assert.Contains("demo-premium", preview, StringComparison.Ordinal);
        Assert.Contains("outside the territory", preview, StringComparison.Ordinal);
        await page.ClickAsync("text=Leave it as it is");

        await visit.GotoAsync("/console/rights/deals/winter/edit");
        await page.FillAsync("#name", "Winter and spring");
        await page.ClickAsync("text=Show who gains");
        await page.ClickAsync("text=Save");
        await page.ClickAsync("details.change summary >> nth=0");
        var history = await page.TextContentAsync("details.change >> nth=0");
        Assert.Contains("updated by somebody", history, StringComparison.Ordinal);
        Assert.Contains("Winter and spring", history, StringComparison.Ordinal);
        Assert.Empty(visit.Complaints);
    }

    [SkippableFact]
    public async Task Two_who_edit_at_once_do_not_overwrite_each_other()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var first = await site.VisitAsync(Pages.Editor);
        await using var second = await site.VisitAsync(Pages.Editor);
        foreach (var visit in (Visit[])[first, second])
        {
            await visit.GotoAsync("/console/rights/deals/demo-nordlys-rental/edit");
            await visit.Page.FillAsync("#licensor", visit == first ? "Fjord Film AS" : "Somebody else");
            await visit.Page.ClickAsync("text=Show who gains");
        }

        await first.Page.ClickAsync("text=Save");
        await second.Page.ClickAsync("text=Save");
        var conflict = await second.Page.TextContentAsync(".conflict");
        Assert.Contains("changed in between", conflict, StringComparison.Ordinal);
        Assert.Contains("somebody", conflict, StringComparison.Ordinal);
        Assert.Contains("Fjord Film AS", conflict, StringComparison.Ordinal);
        await first.Page.ReloadAsync();
        Assert.Contains("Fjord Film AS", await first.Page.TextContentAsync("main"), StringComparison.Ordinal);

        // What would be overwritten stands there, and whoever has seen it may do so.
        Assert.Contains("Fjord Film AS", await second.Page.TextContentAsync(".preview del"), StringComparison.Ordinal);
        await second.Page.ClickAsync("text=Save over their change");
        Assert.Contains("Somebody else", await second.Page.TextContentAsync("main"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_takedown_says_in_numbers_what_it_does_and_asks_for_the_name()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Editor);
        var page = visit.Page;
        await visit.GotoAsync("/console/rights/new/takedown?title=demo-title&countries=Germany&hours=2&why=test");
        var effect = await page.TextContentAsync(".preview");
        Assert.Matches("In the last 24 hours [23] licences for it went to 1 subscriber", effect!);
        Assert.Contains("Would get less", effect, StringComparison.Ordinal);

        await page.FillAsync("#name", "another-title");
        await page.ClickAsync("text=Take it down");
        Assert.Contains("Nothing was changed", await page.TextContentAsync("main"), StringComparison.Ordinal);
        await page.FillAsync("#name", "demo-title");
        await page.ClickAsync("text=Take it down");
        Assert.Contains("in force", await page.TextContentAsync("main"), StringComparison.Ordinal);

        // The decision knows it, and lifting it asks for its name.
        await visit.GotoAsync("/console/try?subscriber=demo-premium&title=demo-title&country=DE&device=widevine-l3");
        Assert.Contains("No:", await page.TextContentAsync("aside.answer h2"), StringComparison.Ordinal);
        await visit.GotoAsync("/console/rights/takedowns");
        await page.ClickAsync("tr:has-text('demo-title') >> text=Lift…");
        var lift = await page.TextContentAsync("#lift");
        Assert.Contains("as if the takedown had held", lift, StringComparison.Ordinal);
        Assert.Contains("Would get more", lift, StringComparison.Ordinal);
        Assert.Contains("created by somebody", await page.TextContentAsync("main"), StringComparison.Ordinal);
        await page.FillAsync("#name", (await page.TextContentAsync("#lift label b"))!);
        await page.ClickAsync("text=Lift it");
        Assert.DoesNotContain("demo-title", await page.TextContentAsync("main"), StringComparison.Ordinal);
        await visit.GotoAsync("/console/rights/takedowns?lift=an-old-one");
        Assert.Contains("No licence request came in the 24 hours before it began", await page.TextContentAsync("#lift"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Suspending_a_subscriber_asks_for_the_name()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Editor);
        await visit.GotoAsync("/console/rights/subscribers/demo-free");
        await visit.Page.FillAsync("#name", "demo-free");
        await visit.Page.ClickAsync("button.danger");
        Assert.Contains("suspended", await visit.Page.TextContentAsync("h1"), StringComparison.Ordinal);
        await visit.Page.FillAsync("#name", "demo-free");
        await visit.Page.ClickAsync("button.danger");
        Assert.DoesNotContain("suspended", await visit.Page.TextContentAsync("h1"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Who_only_reads_is_offered_no_change_and_can_make_none()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        using var reader = await site.SessionAsync(Pages.Reader);
        using var editor = await site.SessionAsync(Pages.Editor);
        foreach (var path in Pages.All.Select(page => page.Path).Where(path => path.StartsWith("/console/rights", StringComparison.Ordinal) && !path.Contains("/new/", StringComparison.Ordinal) && !path.EndsWith("/edit", StringComparison.Ordinal) && !path.EndsWith("/remove", StringComparison.Ordinal)))
        {
            var shown = await reader.GetStringAsync(path);
            var main = shown[shown.IndexOf("<main", StringComparison.Ordinal)..];
            Assert.DoesNotContain("method=\"post\"", main, StringComparison.Ordinal);
            Assert.DoesNotContain("/new/", main, StringComparison.Ordinal);
            Assert.DoesNotContain("/edit\"", main, StringComparison.Ordinal);
        }

        // The form of an editor, sent with a reader's session: the anti-forgery token is bound to who read it, and the role is asked again.
        foreach (var kind in (string[])["deal", "title", "collection", "plan", "subscriber", "revocation"])
        {
            using var answer = await reader.PostAsync("/console/rights/new/" + kind, new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "edit", ["step"] = "save" }));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            using var unsigned = await editor.PostAsync("/console/rights/new/" + kind, new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "edit", ["step"] = "save", ["id"] = "forged", ["name"] = "Forged" }));
            Assert.Equal(HttpStatusCode.BadRequest, unsigned.StatusCode);
        }
    }
}
