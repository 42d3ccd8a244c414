using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;

namespace DrmHub.Cenc.Tests.Signalling;

public sealed class HlsKeyTagTests
{
    private static readonly KeyId Kid = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");
    private static readonly byte[] Iv = Convert.FromHexString("11223344556677889900aabbccddeeff");
    private static readonly PsshBox Widevine = PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [Kid] });
    private static readonly PlayReadyObject PlayReady = PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(Kid, ProtectionScheme.Cenc)]));

    [Theory]
    [InlineData(ProtectionScheme.Cbcs, "SAMPLE-AES")]
    [InlineData(ProtectionScheme.Cenc, "SAMPLE-AES-CTR")]
    public void Widevine_has_its_pssh_and_key_id(ProtectionScheme scheme, string method)
    {
        var attributes = Media(HlsKeyTag.ForWidevine(scheme, Kid, Widevine));

        Assert.Equal(["METHOD", "URI", "KEYID", "KEYFORMAT", "KEYFORMATVERSIONS"], attributes.Keys);
        Assert.Equal(method, attributes["METHOD"]);
        Assert.Equal(Widevine.ToByteArray(), Data(attributes, "data:text/plain;base64,"));
        Assert.Equal("0xABBA271E8BCF552BBD2E86A434A9A5D9", attributes["KEYID"]);
        Assert.Equal("\"urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed\"", attributes["KEYFORMAT"]);
        Assert.Equal("\"1\"", attributes["KEYFORMATVERSIONS"]);
    }

    [Theory]
    [InlineData(ProtectionScheme.Cbcs, "SAMPLE-AES")]
    [InlineData(ProtectionScheme.Cenc, "SAMPLE-AES-CTR")]
    public void PlayReady_has_its_object_and_the_order_that_speke_asks_for(ProtectionScheme scheme, string method)
    {
        var attributes = Media(HlsKeyTag.ForPlayReady(scheme, PlayReady));

        Assert.Equal(["METHOD", "KEYFORMAT", "KEYFORMATVERSIONS", "URI"], attributes.Keys);
        Assert.Equal(method, attributes["METHOD"]);
        Assert.Equal("\"com.microsoft.playready\"", attributes["KEYFORMAT"]);
        Assert.Equal(PlayReady.ToByteArray(), Data(attributes, "data:text/plain;charset=UTF-16;base64,"));
    }

    [Fact]
    public void FairPlay_is_cbcs_with_an_asset_uri_and_no_iv()
    {
        var attributes = Media(HlsKeyTag.ForFairPlay("skd://asset-1"));

        Assert.Equal(["METHOD", "URI", "KEYFORMAT", "KEYFORMATVERSIONS"], attributes.Keys);
        Assert.Equal("SAMPLE-AES", attributes["METHOD"]);
        Assert.Equal("\"skd://asset-1\"", attributes["URI"]);
        Assert.Equal("\"com.apple.streamingkeydelivery\"", attributes["KEYFORMAT"]);
        Assert.Throws<ArgumentException>(() => HlsKeyTag.ForFairPlay("https://example.com"));
    }

    [Theory]
    [InlineData(ProtectionScheme.Cbcs, "SAMPLE-AES")]
    [InlineData(ProtectionScheme.Cenc, "SAMPLE-AES-CTR")]
    public void Clear_key_has_the_key_id_in_a_data_uri(ProtectionScheme scheme, string method)
    {
        var attributes = Media(HlsKeyTag.ForClearKey(scheme, Kid));

        Assert.Equal(method, attributes["METHOD"]);
        Assert.Equal(Kid.ToByteArray(), Data(attributes, "data:text/plain;base64,"));
        Assert.Equal("0xABBA271E8BCF552BBD2E86A434A9A5D9", attributes["KEYID"]);
        Assert.Equal("\"org.w3.clearkey\"", attributes["KEYFORMAT"]);
    }

    [Fact]
    public void Identity_has_a_key_uri()
    {
        var attributes = Media(HlsKeyTag.ForIdentity(ProtectionScheme.Cbcs, "https://k.example/key/1?t=a,b;c=\u00e9"));

        Assert.Equal("SAMPLE-AES", attributes["METHOD"]);
        Assert.Equal("https://k.example/key/1?t=a,b;c=\u00e9", StrictHlsParser.Unquote(attributes["URI"]));
        Assert.Equal("\"identity\"", attributes["KEYFORMAT"]);
        Assert.False(attributes.ContainsKey("IV"));
    }

    [Fact]
    public void Aes_128_may_have_an_iv()
    {
        var attributes = Media(HlsKeyTag.ForAes128("key/1", Iv));

        Assert.Equal("AES-128", attributes["METHOD"]);
        Assert.Equal("\"key/1\"", attributes["URI"]);
        Assert.Equal("0x11223344556677889900AABBCCDDEEFF", attributes["IV"]);
        Assert.False(Media(HlsKeyTag.ForAes128("key/1")).ContainsKey("IV"));
        Assert.Throws<ArgumentException>(() => HlsKeyTag.ForAes128("key/1", Iv.AsSpan(0, 8)));
    }

    [Theory]
    [InlineData(ProtectionScheme.Cens)]
    [InlineData(ProtectionScheme.Cbc1)]
    public void Schemes_without_a_method_are_refused(ProtectionScheme scheme)
    {
        Assert.False(HlsKeyTag.Supports(scheme));
        Assert.Throws<ArgumentException>(() => HlsKeyTag.ForWidevine(scheme, Kid, Widevine));
        Assert.Throws<ArgumentException>(() => HlsKeyTag.ForPlayReady(scheme, PlayReady));
        Assert.Throws<ArgumentException>(() => HlsKeyTag.ForClearKey(scheme, Kid));
        Assert.Throws<ArgumentException>(() => HlsKeyTag.ForIdentity(scheme, "k"));
    }

    [Fact]
    public void The_session_tag_differs_by_its_name_only()
    {
        HlsKeyTag[] tags =
        [
            HlsKeyTag.ForWidevine(ProtectionScheme.Cbcs, Kid, Widevine),
            HlsKeyTag.ForPlayReady(ProtectionScheme.Cbcs, PlayReady),
            HlsKeyTag.ForFairPlay("skd://a"),
            HlsKeyTag.ForClearKey(ProtectionScheme.Cbcs, Kid),
            HlsKeyTag.ForIdentity(ProtectionScheme.Cbcs, "k"),
            HlsKeyTag.ForAes128("k"),
        ];

        Assert.All(tags, tag =>
        {
            Assert.Equal(Media(tag), StrictHlsParser.Parse(tag.ToSessionTag(), "#EXT-X-SESSION-KEY"));
            Assert.Equal(tag.KeyFormat, StrictHlsParser.Unquote(Media(tag)["KEYFORMAT"]));
        });
    }

    [Fact]
    public void Values_that_cannot_be_quoted_are_refused()
    {
        string[] hostile =
        [
            "a\",METHOD=NONE,X=\"", "a\nb", "a\r\n#EXT-X-KEY:METHOD=NONE", "a\0", "a\u007f", "a\u0085", "a\u2028b", "a\u2029",
            "a" + '\uD800', '\uD800' + "a", "a" + '\uDC00', "" + '\uDC00' + '\uD800',
        ];

        foreach (var value in hostile)
        {
            Assert.Throws<ArgumentException>(() => HlsKeyTag.ForFairPlay("skd://" + value));
            Assert.Throws<ArgumentException>(() => HlsKeyTag.ForIdentity(ProtectionScheme.Cbcs, value));
            Assert.Throws<ArgumentException>(() => HlsKeyTag.ForAes128(value));
        }
    }

    [Fact]
    public void Anything_that_can_be_quoted_comes_back()
    {
        foreach (var value in new[] { "]]>,='<&>", "a\U0001F511b", "%22", "KEYFORMAT=x,y", " " })
        {
            Assert.Equal("skd://" + value, StrictHlsParser.Unquote(Media(HlsKeyTag.ForFairPlay("skd://" + value))["URI"]));
        }
    }

    [Fact]
    public void Words_without_quotes_are_checked()
    {
        foreach (var value in new[] { "", "aes", "AES,X", "A B", "A\"", "A\n" })
        {
            Assert.Throws<ArgumentException>(() => new HlsAttributeList().Enumerated("METHOD", value));
        }
    }

    [Fact]
    public void A_box_of_another_system_is_refused()
    {
        Assert.Throws<ArgumentException>(() => HlsKeyTag.ForWidevine(ProtectionScheme.Cbcs, Kid, PsshBox.ForCommon([Kid])));
    }

    private static Dictionary<string, string> Media(HlsKeyTag tag) => StrictHlsParser.Parse(tag.ToMediaTag(), "#EXT-X-KEY");

    private static byte[] Data(Dictionary<string, string> attributes, string prefix)
    {
        var uri = StrictHlsParser.Unquote(attributes["URI"]);
        Assert.StartsWith(prefix, uri, StringComparison.Ordinal);
        return Convert.FromBase64String(uri[prefix.Length..]);
    }
}
