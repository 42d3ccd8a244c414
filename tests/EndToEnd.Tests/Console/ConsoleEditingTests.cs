using System.Net.Http.Json;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>Every kind of document that has a page to edit it: checked, shown with its effect, saved, kept in the history, taken away.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ConsoleEditingTests(ConsoleSite site)
{
    private const string Preview = "text=Show who gains";

    [SkippableFact]
    public async Task A_title_is_named_put_into_a_collection_and_has_a_history()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Editor);
        var page = visit.Page;
        await visit.GotoAsync("/console/rights/new/collection");
        await page.FillAsync("#id", "polar");
        await page.FillAsync("#name", "Polar nights");
        await page.FillAsync("#patterns", "polar-*\nhalf*way");
        await page.ClickAsync(Preview);
        Assert.Contains("A star stands at the end", await page.TextContentAsync("#patterns-wrong"), StringComparison.Ordinal);
        await page.FillAsync("#patterns", "polar-*");
        await page.ClickAsync(Preview);
        await page.ClickAsync("text=Save");
        Assert.EndsWith("/console/rights/collections/polar?saved=yes", page.Url, StringComparison.Ordinal);

        await visit.GotoAsync("/console/rights/new/title");
        await page.FillAsync("#id", "aurora");
        await page.FillAsync("#name", "Aurora");
        await page.FillAsync("#collections", "polar, pollar");
        await page.ClickAsync(Preview);
        Assert.Contains("no collection “pollar”", await page.TextContentAsync("#collections-wrong"), StringComparison.Ordinal);
        await page.FillAsync("#collections", "polar");
        await page.ClickAsync(Preview);
        await page.ClickAsync("text=Save");
        Assert.Contains("created by somebody", await page.TextContentAsync("main"), StringComparison.Ordinal);
        await visit.GotoAsync("/console/rights/collections/polar");
        Assert.Contains("Aurora", await page.TextContentAsync("main"), StringComparison.Ordinal);

        // One of that id is there already: said beside the field, and nothing is overwritten.
        await visit.GotoAsync("/console/rights/new/title");
        await page.FillAsync("#id", "aurora");
        await page.FillAsync("#name", "Another");
        await page.ClickAsync(Preview);
        Assert.Contains("already", await page.TextContentAsync("#id-wrong"), StringComparison.Ordinal);
        Assert.Empty(visit.Complaints);
    }

    [SkippableFact]
    public async Task A_plan_says_who_loses_before_it_is_saved_and_is_removed_by_its_name()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Editor);
        var page = visit.Page;
        await visit.GotoAsync("/console/rights/new/plan");
        await page.FillAsync("#id", "family");
        await page.FillAsync("#name", "Family");
        await page.FillAsync("#maxStreams", "4");
        await page.ClickAsync(Preview);
        await page.ClickAsync("text=Save");
        await visit.GotoAsync("/console/rights/plans");
        Assert.Contains("Family", await page.TextContentAsync("table.plain"), StringComparison.Ordinal);

        // A device without protection gets SD at most, so that the picture of this plan is what the sandbox's television loses.
        await AskAsLevelOneAsync();
        await visit.GotoAsync("/console/rights/plans/premium/edit");
        await page.SelectOptionAsync("[name=maxTrack]", "SD");
        await page.ClickAsync(Preview);
        var preview = await page.TextContentAsync(".preview");
        Assert.Contains("Would get less", preview, StringComparison.Ordinal);
        Assert.Contains("demo-premium", preview, StringComparison.Ordinal);
        await page.ClickAsync("text=Leave it as it is");

        await visit.GotoAsync("/console/rights/plans/family/edit");
        await page.ClickAsync("text=Remove…");
        await page.FillAsync("#name", "families");
        await page.ClickAsync("text=Remove it");
        Assert.Contains("Nothing was removed", await page.TextContentAsync("main"), StringComparison.Ordinal);
        await page.FillAsync("#name", "family");
        await page.ClickAsync("text=Remove it");
        Assert.Contains("Removed.", await page.TextContentAsync("main"), StringComparison.Ordinal);
        Assert.DoesNotContain("Family", await page.TextContentAsync("table.plain"), StringComparison.Ordinal);
        Assert.Empty(visit.Complaints);
    }

    [SkippableFact]
    public async Task What_a_subscriber_holds_is_edited_with_its_effect_and_its_history()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Editor);
        var page = visit.Page;
        await visit.GotoAsync("/console/rights/subscribers/viewer/edit");
        Assert.Equal("premium", await page.InputValueAsync("[name='subscription.0.plan']"));

        // What nobody touched stays what it was to the millisecond, though the field shows minutes.
        await page.ClickAsync(Preview);
        Assert.Contains("says the same as before", await page.TextContentAsync(".preview"), StringComparison.Ordinal);

        await page.FillAsync("[name='subscription.0.until']", "2025-06-01T00:00");
        await page.ClickAsync(Preview);
        Assert.Contains("ends after it begins", await page.TextContentAsync("[id='subscription.0.until-wrong']"), StringComparison.Ordinal);
        await page.FillAsync("[name='subscription.0.until']", "2027-06-01T00:00");
        await page.SelectOptionAsync("[name='subscription.0.status']", "Suspended");
        await page.FillAsync("[name='rental.0.what']", "demo-khoj");
        await page.SelectOptionAsync("[name='rental.0.collection']", "on");
        await page.ClickAsync("text=More rows");
        Assert.Equal("demo-khoj", await page.InputValueAsync("[name='rental.0.what']"));
        await page.FillAsync("[name='purchase.2.what']", "demo-title");
        await page.ClickAsync(Preview);
        Assert.Contains("status Suspended", await page.TextContentAsync(".preview"), StringComparison.Ordinal);
        await page.ClickAsync("text=Save");
        var held = await page.TextContentAsync("main");
        Assert.Contains("suspended", held, StringComparison.Ordinal);
        Assert.Contains("rented collection demo-khoj", held, StringComparison.Ordinal);
        Assert.Contains("bought demo-title", held, StringComparison.Ordinal);
        Assert.Contains("updated by somebody", await page.TextContentAsync("details.change >> nth=0"), StringComparison.Ordinal);
        Assert.Contains("demo-khoj", await page.TextContentAsync("details.change >> nth=0"), StringComparison.Ordinal);

        // Whose licences would be lost is known from what they asked for, and of nobody else.
        await visit.GotoAsync("/console/rights/subscribers/demo-premium/edit");
        await page.FillAsync("[name='subscription.0.plan']", "");
        await page.ClickAsync(Preview);
        var preview = await page.TextContentAsync(".preview");
        Assert.Contains("Would get less", preview, StringComparison.Ordinal);
        Assert.Contains("no fitting plan", preview, StringComparison.Ordinal);
        Assert.DoesNotContain("demo-free", preview, StringComparison.Ordinal);

        await visit.GotoAsync("/console/rights/new/subscriber");
        await page.FillAsync("#id", "newcomer");
        await page.FillAsync("[name='subscription.0.plan']", "premium");
        await page.ClickAsync(Preview);
        await page.ClickAsync("text=Save");
        await visit.GotoAsync("/console/try?subscriber=newcomer&title=demo-title&country=IN&device=widevine-l1");
        Assert.Contains("Yes", await page.TextContentAsync("aside.answer h2"), StringComparison.Ordinal);
        Assert.Empty(visit.Complaints);
    }

    [SkippableFact]
    public async Task A_revocation_list_says_who_loses_and_a_device_is_revoked_by_its_name()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Editor);
        var page = visit.Page;
        await visit.GotoAsync("/console/rights/new/revocation");
        await page.FillAsync("#id", "own");
        await page.FillAsync("#systems", "4711\nseven");
        await page.ClickAsync(Preview);
        Assert.Contains("“seven” is no Widevine system id", await page.TextContentAsync("#systems-wrong"), StringComparison.Ordinal);
        await page.FillAsync("#systems", "4711");
        await page.ClickAsync(Preview);
        await page.ClickAsync("text=Save");
        Assert.Contains("4711", await page.TextContentAsync("main"), StringComparison.Ordinal);

        await visit.GotoAsync("/console/rights/subscribers/viewer");
        await page.ClickAsync("tr:has-text('old-phone') >> text=Revoke…");
        await page.FillAsync("#device-name", "living-room");
        await page.ClickAsync("text=Revoke it");
        Assert.Contains("Nothing was changed", await page.TextContentAsync("main"), StringComparison.Ordinal);
        await page.FillAsync("#device-name", "old-phone");
        await page.ClickAsync("text=Revoke it");
        Assert.Contains("revoked", await page.TextContentAsync("tr:has-text('old-phone')"), StringComparison.Ordinal);
        Assert.Contains("may ask", await page.TextContentAsync("tr:has-text('Television')"), StringComparison.Ordinal);
        Assert.Empty(visit.Complaints);
    }

    private async Task AskAsLevelOneAsync()
    {
        using var answer = await site.Http.PostAsJsonAsync("/play/simulate", new { subscriber = "demo-premium", device = "widevine-l1" });
        answer.EnsureSuccessStatusCode();
    }
}
