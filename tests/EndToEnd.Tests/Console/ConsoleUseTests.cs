using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>What people do with the console.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ConsoleUseTests(ConsoleSite site)
{
    [SkippableFact]
    public async Task Why_a_subscriber_was_refused_is_answered_by_one_question()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Reader);
        await visit.Page.FillAsync("#q", "demo-free");
        await visit.Page.ClickAsync("text=Find out");
        Assert.Contains("subscriber=demo-free", visit.Page.Url, StringComparison.Ordinal);
        var entry = await visit.Page.TextContentAsync("aside.entry");
        Assert.Contains("No plan of this subscriber reaches this title.", entry, StringComparison.Ordinal);
        Assert.Contains("entitlement.none", entry, StringComparison.Ordinal);

        // The rules that were looked at, the proof, and the way on: once more, with something changed.
        Assert.NotEqual(0, await visit.Page.Locator("ol.trace li").CountAsync());
        await visit.Page.WaitForFunctionAsync("async () => { if (document.querySelector('aside.entry').textContent.includes('holds')) return true; location.reload(); await new Promise(() => {}); }");
        await visit.Page.ClickAsync("text=Try it again with");
        Assert.Equal("demo-free", await visit.Page.InputValueAsync("[name=subscriber]"));
        await visit.Page.FillAsync("[name=subscriber]", "demo-premium");
        await visit.Page.ClickAsync("text=Ask");
        Assert.Contains("Yes", await visit.Page.TextContentAsync("aside.answer h2"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Reading_needs_no_script()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Everything, new() { JavaScriptEnabled = false });
        Assert.Contains("no fitting plan", await visit.Page.TextContentAsync("main"), StringComparison.Ordinal);
        await visit.Page.ClickAsync("table.list tbody tr:first-child a.row");
        Assert.Equal(1, await visit.Page.Locator("aside.entry").CountAsync());
        Assert.NotEqual(0, await visit.Page.Locator("table.list tbody tr").CountAsync());
        foreach (var (path, _) in Pages.All) Assert.Equal(200, await visit.GotoAsync(path));

        // A theme is a form, too.
        await visit.Page.ClickAsync("details.menu summary:has-text('somebody')");
        await visit.Page.ClickAsync("button[value=dark]");
        Assert.Equal("dark", await visit.Page.GetAttributeAsync("html", "data-theme"));
    }

    [SkippableFact]
    public async Task Keys_search_move_open_and_close()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Reader);
        await visit.GotoAsync("/console/audit");
        await visit.Page.Keyboard.PressAsync("/");
        Assert.Equal("q", await visit.Page.EvaluateAsync<string>("() => document.activeElement.id"));
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.Page.Keyboard.PressAsync("j");
        await visit.Page.Keyboard.PressAsync("j");
        await visit.Page.Keyboard.PressAsync("k");
        Assert.Equal(0, await visit.Page.EvaluateAsync<int>("() => [...document.querySelectorAll('a.row')].indexOf(document.activeElement)"));
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForSelectorAsync("aside.entry");
        Assert.Contains("open=", visit.Page.Url, StringComparison.Ordinal);
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.Page.WaitForFunctionAsync("() => !document.querySelector('aside.entry') && !location.search.includes('open=')");
        await visit.Page.GoBackAsync();
        await visit.Page.WaitForSelectorAsync("aside.entry");
        Assert.Empty(visit.Complaints);
    }

    [SkippableFact]
    public async Task Searching_as_one_types_writes_the_filters_into_the_address()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Reader);
        await visit.GotoAsync("/console/audit");
        var all = await visit.Page.Locator("table.list tbody tr").CountAsync();
        await visit.Page.Locator("#q").PressSequentiallyAsync("country:IN reason:entitlement.none");
        await visit.Page.WaitForFunctionAsync("() => location.search === '?country=IN&reason=entitlement.none' && !document.querySelector('[aria-busy]')");
        Assert.InRange(await visit.Page.Locator("table.list tbody tr").CountAsync(), 1, all - 1);
        Assert.Equal("country:IN reason:entitlement.none", await visit.Page.InputValueAsync("#q"));

        // Somebody who is sent the address sees the same.
        await visit.Page.ReloadAsync();
        Assert.Equal("country:IN reason:entitlement.none", await visit.Page.InputValueAsync("#q"));
        Assert.Empty(visit.Complaints);
    }

    [SkippableFact]
    public async Task A_tokens_signature_is_not_sent()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Operator);
        await visit.GotoAsync("/console/try/decode");
        var sent = new List<string>();
        visit.Page.Request += (_, request) => sent.Add(request.PostData ?? "");
        const string Claims = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6MTcwMDAwMDAwMH0";
        await visit.Page.FillAsync("#text", Claims + ".c2lnbmF0dXJlLXNlY3JldA");
        await visit.Page.ClickAsync("text=Read it");
        var read = await visit.Page.TextContentAsync(".decoded");
        Assert.Contains("alice", read, StringComparison.Ordinal);
        Assert.Contains("2023", read, StringComparison.Ordinal);
        Assert.Contains(sent, body => body.Contains("eyJzdWIi", StringComparison.Ordinal));
        Assert.DoesNotContain(sent, body => body.Contains("c2lnbmF0dXJl", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("AAAANHBzc2gBAAAAEHfv7MCyTQKs4zweUuL7SwAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAA==", "00000000-0000-0000-0000-000000000001")]
    [InlineData("""{"kids":["AAAAAAAAAAAAAAAAAAAAAQ"],"type":"temporary"}""", "A Clear Key challenge")]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\" contentId=\"a-film\"/>", "A CPIX document")]
    [InlineData("<CPIX><!DOCTYPE", "Not readable")]
    [InlineData("nothing that anybody knows", "Not readable")]
    public async Task What_is_pasted_is_read(string text, string expected)
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Reader, new() { JavaScriptEnabled = false });
        await visit.GotoAsync("/console/try/decode");
        await visit.Page.FillAsync("#text", text);
        await visit.Page.ClickAsync("text=Read it");
        Assert.Contains(expected, await visit.Page.TextContentAsync(".decoded"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Times_stand_in_the_readers_zone()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var visit = await site.VisitAsync(Pages.Reader, new() { TimezoneId = "Asia/Kolkata" });
        await visit.GotoAsync("/console/preferences?to=/console/audit");
        Assert.Contains("Asia/Kolkata", await visit.Page.TextContentAsync("#zone-hint"), StringComparison.Ordinal);
        await visit.Page.SelectOptionAsync("#zone", "Asia/Kolkata");
        await visit.Page.ClickAsync("text=Save");
        Assert.EndsWith("/console/audit", visit.Page.Url, StringComparison.Ordinal);
        var time = visit.Page.Locator("table.list time").First;
        var utc = DateTimeOffset.Parse((await time.GetAttributeAsync("datetime"))!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.EndsWith(utc.ToOffset(TimeSpan.FromMinutes(330)).ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture), await time.TextContentAsync(), StringComparison.Ordinal);
        Assert.Contains("Asia/Kolkata", await visit.Page.TextContentAsync("thead"), StringComparison.Ordinal);
    }
}
