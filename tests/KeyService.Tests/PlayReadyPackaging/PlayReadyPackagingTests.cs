using System.Net;
using System.Text;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.KeyService.Tests.PlayReadyPackaging;

/// <summary><c>AcquirePackagingData</c> over HTTP, with the request as Shaka Packager 3.4.2 writes it.</summary>
public sealed class PlayReadyPackagingTests : IAsyncLifetime
{
    private const string Path = "/playready/AcquirePackagingData";
    private KeyDoor _door = null!;

    public async Task InitializeAsync() => _door = await KeyDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Theory]
    [InlineData("", ProtectionScheme.Cenc, "ALL")]
    [InlineData("?scheme=cbcs&track=HD", ProtectionScheme.Cbcs, "HD")]
    public async Task A_program_gets_one_key_with_its_header_and_keeps_it(string query, ProtectionScheme scheme, string track)
    {
        var text = await PostAsync(Request("demo-pr"), query);
        Assert.Equal(text, await PostAsync(Request("demo-pr"), query));

        var info = Assert.Single(await _door.Vault.Keys.FindInfoByContentAsync("demo-pr"));
        Assert.Equal((scheme, track), (info.Scheme, info.Track));
        using var key = (await _door.Vault.Keys.FindAsync([info.KeyId]))[0];

        // Bare tags, found as text: the packager does not parse XML.
        Assert.Equal(info.KeyId.ToString(), Between(text, "KeyId"));
        Assert.Equal(Convert.ToBase64String(key.Key.Bytes), Between(text, "KeyData"));
        var header = PlayReadyObject.Parse(Convert.FromBase64String(Between(text, "Data"))).ReadHeader()!;
        Assert.Equal(info.KeyId, Assert.Single(header.Keys).KeyId);
        Assert.Equal("Envelope", XDocument.Parse(text).Root!.Name.LocalName);
    }

    [Fact]
    public async Task Each_program_of_a_request_has_its_own_key()
    {
        var text = await PostAsync(Request("demo-a", "demo-b", "demo-a"), "");
        Assert.Equal(2, XDocument.Parse(text).Descendants().Count(element => element.Name.LocalName == "KeyId"));
        Assert.Single(await _door.Vault.Keys.FindInfoByContentAsync("demo-b"));
    }

    [Theory]
    [InlineData("", "cpix.xml")]
    [InlineData("<a/>", "playready.request")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><a/>", "cpix.xml")]
    [InlineData("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body/></s:Envelope>", "playready.request")]
    public async Task What_is_no_request_is_a_fault_with_a_code(string body, string code)
    {
        using var response = await _door.Http.PostAsync(Path, new StringContent(body, Encoding.UTF8, "text/xml"));
        Assert.Equal(422, (int)response.StatusCode);
        Assert.StartsWith(code, Between(await response.Content.ReadAsStringAsync(), "code"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?scheme=ctr")]
    [InlineData("?track=8K")]
    public async Task A_bad_query_leaves_no_key(string query)
    {
        using var response = await _door.Http.PostAsync(Path + query, Body(Request("demo-bad")));
        Assert.Equal(422, (int)response.StatusCode);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("demo-bad"));
    }

    [Fact]
    public async Task Another_system_and_a_missing_program_are_refused()
    {
        foreach (var request in (string[])[Request("demo-bad").Replace("9A04F079-9840-4286-AB92-E65BE0885F95", DrmSystemIds.Widevine.ToString(), StringComparison.Ordinal), Request(""), Request()])
        {
            using var response = await _door.Http.PostAsync(Path, Body(request));
            Assert.Equal(422, (int)response.StatusCode);
        }

        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("demo-bad"));
    }

    [Fact]
    public async Task A_stranger_gets_a_fault_and_401()
    {
        _door.Remote = IPAddress.Parse("192.0.2.1");
        using var response = await _door.Http.PostAsync(Path, Body(Request("demo-x")));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("Fault", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mutations_are_answered_or_refused()
    {
        var random = new Random(20260303);
        var seed = Encoding.UTF8.GetBytes(Request("demo-fuzz"));
        for (var i = 0; i < 400; i++)
        {
            var bytes = (byte[])seed.Clone();
            for (var flips = random.Next(1, 5); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var response = await _door.Http.PostAsync(Path, new ByteArrayContent(bytes));
            Assert.True((int)response.StatusCode is 200 or 422, $"{response.StatusCode}: {Encoding.UTF8.GetString(bytes)} {await response.Content.ReadAsStringAsync()}");
        }
    }

    internal static string Request(params string[] programs) =>
        """<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><AcquirePackagingData xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols"><challenge xmlns="http://schemas.microsoft.com/DRM/2007/03/protocols/AcquirePackagingData/v1.0"><ProtectionSystems><ProtectionSystemId>9A04F079-9840-4286-AB92-E65BE0885F95</ProtectionSystemId></ProtectionSystems><StreamProtectionRequests>"""
        + string.Concat(programs.Select(program => $"<StreamInformation><ProgramIdentifier>{program}</ProgramIdentifier><OffsetFromProgramStart>P0S</OffsetFromProgramStart></StreamInformation>"))
        + "</StreamProtectionRequests></challenge></AcquirePackagingData></soap:Body></soap:Envelope>";

    private static StringContent Body(string xml) => new(xml, Encoding.UTF8, "text/xml");

    private static string Between(string xml, string tag)
    {
        var start = xml.IndexOf($"<{tag}>", StringComparison.Ordinal);
        Assert.True(start >= 0, xml);
        return xml[(start + tag.Length + 2)..xml.IndexOf($"</{tag}>", StringComparison.Ordinal)];
    }

    private async Task<string> PostAsync(string xml, string query)
    {
        using var response = await _door.Http.PostAsync(Path + query, Body(xml));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("text/xml", response.Content.Headers.ContentType!.MediaType);
        return text;
    }
}
