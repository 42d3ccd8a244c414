using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

public sealed class AssetIdTests
{
    private const string Kid = "00112233-4455-6677-8899-aabbccddeeff";

    [Theory]
    [InlineData("skd://" + Kid, Kid, null)]
    [InlineData("SKD://" + Kid + "/", Kid, null)]
    [InlineData(Kid, Kid, null)]
    [InlineData("00112233445566778899aabbccddeeff", Kid, null)]
    [InlineData("skd://title/" + Kid, Kid, "title")]
    [InlineData("skd://keys.example.com?contentId=my%20title&keyId=" + Kid, Kid, "my title")]
    [InlineData("skd://" + Kid + "?contentId=title", Kid, "title")]
    [InlineData("skd://" + Kid + "?iv=00", Kid, null)]
    [InlineData("skd://keys.example.com?cid=title", null, "title")]
    [InlineData("skd://demo-title", null, "demo-title")]
    [InlineData("demo-title?x=1", null, "demo-title")]
    [InlineData("ABEiM0RVZneImaq7zN3u/w==", Kid, null)]
    [InlineData("twelve", null, "twelve")]
    public void The_usual_ways_of_naming_an_asset_are_read(string text, string? keyId, string? contentId)
    {
        var asset = AssetId.Parse(text);
        Assert.Equal((keyId is null ? null : KeyId.Parse(keyId), contentId), (asset.KeyId, asset.ContentId));
    }

    [Fact]
    public void Spekes_json_and_plain_bytes_are_read()
    {
        var json = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($$"""{"ContentId":"title","KeyId":"{{Kid}}","IV":"00"}"""));
        Assert.Equal(new AssetId(KeyId.Parse(Kid), "title"), AssetId.Parse("skd://" + json));
        Assert.Equal(new AssetId(KeyId.Parse(Kid), null), AssetId.Parse(Convert.FromHexString(Kid.Replace("-", "", StringComparison.Ordinal))));
        Assert.Equal(new AssetId(null, "0xff00ff"), AssetId.Parse([0xff, 0x00, 0xff]));
    }

    [Fact]
    public void Only_what_both_name_can_differ()
    {
        var key = new AssetId(KeyId.Parse(Kid), null);
        Assert.True(key.IsConsistentWith(new AssetId(null, "title")));
        Assert.True(key.IsConsistentWith(new AssetId(KeyId.Parse(Kid), "title")));
        Assert.False(key.IsConsistentWith(new AssetId(KeyId.Parse("ffffffff445566778899aabbccddeeff"), null)));
        Assert.False(new AssetId(null, "a").IsConsistentWith(new AssetId(null, "b")));
    }
}
