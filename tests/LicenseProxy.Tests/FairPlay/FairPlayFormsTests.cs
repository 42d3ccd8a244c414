using System.Text;
using DrmHub.LicenseProxy.Systems.FairPlay.Http;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

public sealed class FairPlayFormsTests
{
    private static readonly byte[] Spc = [0, 0, 0, 1, 0xfb, 0xff, 0xfe, 7, 8];
    private static readonly string Base64 = Convert.ToBase64String(Spc);

    public static TheoryData<string?, string, string, string?> Requests => new()
    {
        { "application/x-www-form-urlencoded", "spc=" + Uri.EscapeDataString(Base64) + "&assetId=skd%3A%2F%2Fx", nameof(FairPlayForm.UrlEncoded), "skd://x" },
        { "application/x-www-form-urlencoded", "assetId=a+b&spc=" + Base64, nameof(FairPlayForm.UrlEncoded), "a b" },
        { "application/x-www-form-urlencoded", "spc=" + Base64.Replace('+', ' '), nameof(FairPlayForm.UrlEncoded), null },
        { "text/plain", "spc=" + Base64, nameof(FairPlayForm.UrlEncoded), null },
        { "text/plain", Base64, nameof(FairPlayForm.Base64), null },
        { null, Base64.TrimEnd('='), nameof(FairPlayForm.Base64), null },
        { "application/json", $$"""{"spc":"{{Base64}}","assetId":"x"}""", nameof(FairPlayForm.Json), "x" },
        { "application/octet-stream", $$""" {"spc":"{{Base64}}"}""", nameof(FairPlayForm.Json), null },
        { "application/json", $$$"""{"fairplay-streaming-request":{"version":1,"streaming-keys":[{"id":1,"uri":"skd://x","spc":"{{{Base64}}}"}]}}""", nameof(FairPlayForm.StreamingKeys), "skd://x" },
        { "application/json", $$$"""{"fairplay-streaming-request":{"create-ckc":[{"id":"k","uri":"skd://x","spc":"{{{Base64}}}"}]}}""", nameof(FairPlayForm.CreateCkc), "skd://x" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void Each_form_is_read_whatever_the_content_type_says(string? contentType, string body, string form, string? asset)
    {
        foreach (var type in new[] { contentType, null, "text/plain", "application/x-www-form-urlencoded; charset=UTF-8" })
        {
            var request = FairPlayReader.Read(type, Encoding.UTF8.GetBytes(body));
            var item = Assert.Single(request.Items);
            Assert.Equal((form, asset, Convert.ToHexString(Spc)), (request.Form.ToString(), item.AssetUri, Convert.ToHexString(item.Spc.Span)));
        }
    }

    [Fact]
    public void Raw_bytes_are_read_as_they_are() => Assert.Equal((FairPlayForm.Raw, Convert.ToHexString(Spc)), FairPlayReader.Read("application/octet-stream", Spc) is var request ? (request.Form, Convert.ToHexString(request.Items[0].Spc.Span)) : default);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("spc=")]
    [InlineData("spc=%%%")]
    [InlineData("spc=AAAA&spc=AAAA")]
    [InlineData("other=AAAA")]
    [InlineData("""{"spc":5}""")]
    [InlineData("""{"spc":"$$$"}""")]
    [InlineData("""{"fairplay-streaming-request":[]}""")]
    [InlineData("""{"fairplay-streaming-request":{}}""")]
    [InlineData("""{"fairplay-streaming-request":{"streaming-keys":[]}}""")]
    [InlineData("""{"fairplay-streaming-request":{"streaming-keys":[5]}}""")]
    [InlineData("""{"fairplay-streaming-request":{"streaming-keys":[{"id":{},"spc":"AAAA"}]}}""")]
    [InlineData("<xml/>")]
    public void Anything_else_is_a_parse_error(string body) =>
        Assert.Equal(FairPlayStatus.Parse, Assert.Throws<FairPlayException>(() => FairPlayReader.Read("application/json", Encoding.UTF8.GetBytes(body))).Status);

    [Fact]
    public void Too_many_keys_are_refused()
    {
        var keys = string.Join(',', Enumerable.Repeat($$"""{"id":1,"spc":"{{Base64}}"}""", 33));
        Assert.Throws<FairPlayException>(() => FairPlayReader.Read(null, Encoding.UTF8.GetBytes($$$"""{"fairplay-streaming-request":{"streaming-keys":[{{{keys}}}]}}""")));
    }

    [Fact]
    public void Answers_take_the_form_of_their_requests()
    {
        byte[] ckc = [1, 2, 3];
        string Write(FairPlayForm form, params FairPlayResult[] results) =>
            Encoding.UTF8.GetString(FairPlayWriter.Write(new FairPlayRequest(form, [.. results.Select((_, i) => new FairPlayItem(Spc, null, $"\"{i}\""))], false), results).Body.Span);
        var good = new FairPlayResult(ckc, FairPlayStatus.Ok);
        Assert.Equal("<ckc>AQID</ckc>", Write(FairPlayForm.UrlEncoded, good));
        Assert.Equal("AQID", Write(FairPlayForm.Base64, good));
        Assert.Equal("\u0001\u0002\u0003", Write(FairPlayForm.Raw, good));
        Assert.Equal("""{"ckc":"AQID"}""", Write(FairPlayForm.Json, good));
        Assert.Equal(
            """{"fairplay-streaming-response":{"streaming-keys":[{"id":"0","status":0,"ckc":"AQID"},{"id":"1","status":-42604}]}}""",
            Write(FairPlayForm.StreamingKeys, good, new FairPlayResult(default, FairPlayStatus.SecurityLevel)));
        Assert.Contains("\"create-ckc\":[", Write(FairPlayForm.CreateCkc, good), StringComparison.Ordinal);
    }
}
