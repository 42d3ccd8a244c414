using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>Plain CPIX over HTTP.</summary>
public sealed class CpixApiTests : IAsyncLifetime
{
    private KeyDoor _door = null!;

    public async Task InitializeAsync() => _door = await KeyDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task A_get_makes_a_document_for_tracks_scheme_and_systems()
    {
        var document = await GetAsync("/cpix/demo-get?scheme=cbcs&tracks=AUDIO,SD&systems=widevine,fairplay,clearkey");
        Assert.Equal("demo-get", document.ContentId);
        Assert.Equal(["AUDIO", "SD"], document.UsageRules.Select(rule => rule.IntendedTrackType!).Order());
        Assert.All(document.ContentKeys, key => Assert.Equal("cbcs", key.CommonEncryptionScheme));
        Assert.Equal(6, document.DrmSystems.Count);
        foreach (var system in document.DrmSystems.Where(system => system.System == DrmSystem.Widevine)) Assert.Contains(system.Kid, WidevinePsshData.Parse(PsshBox.Parse(system.Pssh!).Data.Span).KeyIds);
        Assert.Empty(document.Validate());

        var again = await GetAsync("/cpix/demo-get?scheme=cbcs&tracks=SD,AUDIO&systems=widevine");
        Assert.Equal(document.ContentKeys.Select(Pair).Order(), again.ContentKeys.Select(Pair).Order());
    }

    [Fact]
    public async Task Each_crypto_period_has_keys_of_its_own()
    {
        var first = await GetAsync("/cpix/demo-live?tracks=SD&period=7");
        var second = await GetAsync("/cpix/demo-live?tracks=SD&period=8");
        Assert.NotEqual(Pair(first.ContentKeys[0]), Pair(second.ContentKeys[0]));
        Assert.Equal(7, first.Periods[0].Index);
        Assert.Equal(Pair(first.ContentKeys[0]), Pair((await GetAsync("/cpix/demo-live?tracks=SD&period=7")).ContentKeys[0]));
    }

    [Fact]
    public async Task A_posted_document_comes_back_filled()
    {
        var kid = "11112222-3333-4444-5555-666677778888";
        var xml = $"""
            <CPIX xmlns="urn:dashif:org:cpix"><ContentKeyList><ContentKey kid="{kid}"/></ContentKeyList>
            <DRMSystemList><DRMSystem kid="{kid}" systemId="{DrmSystemIds.Widevine}"><PSSH/></DRMSystem></DRMSystemList></CPIX>
            """;
        using var response = await _door.Http.PostAsync("/cpix?contentId=demo-post&scheme=cbcs", new StringContent(xml, Encoding.UTF8, "application/xml"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var document = CpixDocument.Load(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(16, document.ContentKeys[0].GetKeyBytes()!.Length);
        Assert.Equal(DrmSystemIds.Widevine, PsshBox.Parse(document.DrmSystems[0].Pssh!).SystemId);
        Assert.Equal(ProtectionScheme.Cbcs, Assert.Single(await _door.Vault.Keys.FindInfoByContentAsync("demo-post")).Scheme);
    }

    [Theory]
    [InlineData("<CPIX", "cpix.xml")]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\"/>", "cpix.request")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><CPIX xmlns=\"urn:dashif:org:cpix\"/>", "cpix.xml")]
    public async Task A_bad_document_is_a_problem_with_a_code(string xml, string code)
    {
        using var response = await _door.Http.PostAsync("/cpix?contentId=demo-bad", new StringContent(xml, Encoding.UTF8, "application/xml"));
        Assert.Equal(422, (int)response.StatusCode);
        Assert.StartsWith(code, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString(), StringComparison.Ordinal);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("demo-bad"));
    }

    [Theory]
    [InlineData("/cpix/x?scheme=ctr")]
    [InlineData("/cpix/x?tracks=8K")]
    [InlineData("/cpix/x?systems=marlin")]
    [InlineData("/cpix/x?period=-1")]
    [InlineData("/cpix/x?scheme=cenc&scheme=cbcs")]
    [InlineData("/cpix/x?period=1&period=2")]
    [InlineData("/cpix/x/periods?from=1&from=2")]
    public async Task A_bad_query_says_what_a_value_may_be(string path)
    {
        using var response = await _door.Http.GetAsync(path);
        Assert.Equal(422, (int)response.StatusCode);
        Assert.Equal("cpix.query", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Tracks_and_systems_may_be_given_one_by_one()
    {
        var one = CpixDocument.Load(await _door.Http.GetByteArrayAsync("/cpix/demo-list?tracks=SD,AUDIO&systems=widevine,playready"));
        var two = CpixDocument.Load(await _door.Http.GetByteArrayAsync("/cpix/demo-list?tracks=SD&systems=widevine&tracks=AUDIO&systems=playready"));
        Assert.Equal(2, two.ContentKeys.Count);
        Assert.Equal(one.ContentKeys.Select(key => key.Kid), two.ContentKeys.Select(key => key.Kid));
        Assert.Equal(one.DrmSystems.Select(system => (system.Kid, system.SystemId)), two.DrmSystems.Select(system => (system.Kid, system.SystemId)));
    }

    [Fact]
    public async Task A_stranger_is_401()
    {
        _door.Remote = IPAddress.Parse("192.0.2.1");
        Assert.Equal(HttpStatusCode.Unauthorized, (await _door.Http.GetAsync("/cpix/x")).StatusCode);
    }

    private static string Pair(CpixContentKey key) => $"{key.Kid} {Convert.ToHexString(key.GetKeyBytes()!)}";

    private async Task<CpixDocument> GetAsync(string path)
    {
        using var response = await _door.Http.GetAsync(path);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        return CpixDocument.Load(body);
    }
}
