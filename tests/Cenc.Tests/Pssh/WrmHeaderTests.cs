using System.Text;
using System.Xml;
using System.Xml.Linq;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Tests.Pssh;

public sealed class WrmHeaderTests
{
    private const string Open = "<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=";
    private static readonly XNamespace Ns = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";
    private static readonly KeyId KidA = KeyId.Parse("a2c786d0-f9ef-4cb3-b333-cd323a4284a5");
    private static readonly KeyId KidB = KeyId.Parse("db06a8fe-ec16-4de2-9228-2c71e9b856ab");
    private static readonly byte[] SumA = Convert.FromBase64String("xNvWVxoWk04=");
    private static readonly byte[] SumB = Convert.FromBase64String("GnKaQIRacPU=");

    [Fact]
    public void Version_40_has_elements_in_the_order_of_the_documented_sample()
    {
        var header = WrmHeader.Create([new WrmKey(KidA, WrmAlgorithm.AesCtr, SumA)], "https://example.com/rightsmanager.asmx");

        Assert.Equal(WrmVersion.V40, header.Version);
        Assert.Equal(
            Open + "\"4.0.0.0\"><DATA><PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>0IbHou/5s0yzM80yOkKEpQ==</KID>"
            + "<CHECKSUM>xNvWVxoWk04=</CHECKSUM><LA_URL>https://example.com/rightsmanager.asmx</LA_URL></DATA></WRMHEADER>",
            header.ToXml());
    }

    [Fact]
    public void Version_41_has_one_key_as_attributes_in_alphabetical_order()
    {
        var header = new WrmHeader { Version = WrmVersion.V41, Keys = [new WrmKey(KidA, WrmAlgorithm.AesCtr, SumA)], OnDemand = true };

        Assert.Equal(
            Open + "\"4.1.0.0\"><DATA><PROTECTINFO><KID ALGID=\"AESCTR\" CHECKSUM=\"xNvWVxoWk04=\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID></PROTECTINFO>"
            + "<DECRYPTORSETUP>ONDEMAND</DECRYPTORSETUP></DATA></WRMHEADER>",
            header.ToXml());
    }

    /// <summary>The keys of the specification's example of 3.4.2.</summary>
    [Fact]
    public void Version_42_lists_several_keys()
    {
        var header = WrmHeader.Create([new WrmKey(KidA, WrmAlgorithm.AesCtr, SumA), new WrmKey(KidB, WrmAlgorithm.AesCtr, SumB)]);

        Assert.Equal(
            Open + "\"4.2.0.0\"><DATA><PROTECTINFO><KIDS><KID ALGID=\"AESCTR\" CHECKSUM=\"xNvWVxoWk04=\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID>"
            + "<KID ALGID=\"AESCTR\" CHECKSUM=\"GnKaQIRacPU=\" VALUE=\"/qgG2xbs4k2SKCxx6bhWqw==\"></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>",
            header.ToXml());
    }

    [Fact]
    public void Version_43_holds_cbc_keys_and_says_whether_a_licence_is_asked_for()
    {
        var header = new WrmHeader
        {
            Version = WrmVersion.V43,
            Keys = [WrmKey.ForScheme(KidA, ProtectionScheme.Cbcs)],
            LicenseRequested = true,
            DomainServiceId = new Guid("37fb7b00-8ebb-416d-9b1e-5d55fd023044"),
        };

        Assert.Equal(
            Open + "\"4.3.0.0\"><DATA><PROTECTINFO LICENSEREQUESTED=\"true\"><KIDS><KID ALGID=\"AESCBC\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"></KID></KIDS>"
            + "</PROTECTINFO><DS_ID>AHv7N7uObUGbHl1V/QIwRA==</DS_ID></DATA></WRMHEADER>",
            header.ToXml());
    }

    [Theory]
    [InlineData(1, ProtectionScheme.Cenc, WrmVersion.V40)]
    [InlineData(2, ProtectionScheme.Cens, WrmVersion.V42)]
    [InlineData(1, ProtectionScheme.Cbcs, WrmVersion.V43)]
    [InlineData(3, ProtectionScheme.Cbc1, WrmVersion.V43)]
    public void The_oldest_version_that_can_say_it_is_chosen(int keys, ProtectionScheme scheme, WrmVersion expected)
    {
        var header = WrmHeader.Create([.. Enumerable.Range(0, keys).Select(_ => WrmKey.ForScheme(KidA, scheme))]);

        Assert.Equal(expected, header.Version);
    }

    [Fact]
    public void Licence_urls_are_escaped_and_come_back()
    {
        const string Url = "https://example.com/rm.asmx?cfg=(kid:a,b)&x=<\"'>]]>&sig=%26é\U0001F511";
        var header = WrmHeader.Create([new WrmKey(KidA, WrmAlgorithm.AesCtr)], Url);

        using var reader = XmlReader.Create(new StringReader(header.ToXml()));
        Assert.True(reader.ReadToFollowing("LA_URL", Ns.NamespaceName));
        Assert.Equal(Url, reader.ReadElementContentAsString());
        Assert.Equal(Url, WrmHeader.Parse(header.ToByteArray()).LicenseUrl);
        Assert.Contains("&amp;x=&lt;\"'&gt;]]&gt;&amp;sig", header.ToXml(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rightsmanager.asmx")]
    [InlineData("https://example.com/\n")]
    [InlineData("https://example.com/\u0001")]
    [InlineData("https://example.com/\uFFFE")]
    [InlineData("")]
    public void Urls_that_no_header_can_carry_are_refused(string url)
    {
        Assert.Throws<ArgumentException>(() => WrmHeader.Create([new WrmKey(KidA, WrmAlgorithm.AesCtr)], url));
    }

    /// <summary>Apart from the theory above, because a lone surrogate does not survive in an attribute of the compiled test.</summary>
    [Fact]
    public void Lone_surrogates_in_urls_are_refused()
    {
        foreach (var half in new[] { '\uD800', '\uDC00' })
        {
            var url = "https://example.com/" + half + "a";
            Assert.Throws<ArgumentException>(() => WrmHeader.Create([new WrmKey(KidA, WrmAlgorithm.AesCtr)], url));
        }
    }

    [Fact]
    public void What_a_version_cannot_say_is_refused()
    {
        var ctr = new WrmKey(KidA, WrmAlgorithm.AesCtr);
        var cbc = new WrmKey(KidA, WrmAlgorithm.AesCbc);
        WrmHeader[] wrong =
        [
            new() { Version = WrmVersion.V40, Keys = [] },
            new() { Version = WrmVersion.V40, Keys = [ctr, ctr] },
            new() { Version = WrmVersion.V40, Keys = [cbc] },
            new() { Version = WrmVersion.V40, Keys = [ctr], OnDemand = true },
            new() { Version = WrmVersion.V41, Keys = [ctr, ctr] },
            new() { Version = WrmVersion.V42, Keys = [cbc] },
            new() { Version = WrmVersion.V42, Keys = [new WrmKey(KidA, null)] },
            new() { Version = WrmVersion.V42, Keys = [ctr], LicenseRequested = false },
            new() { Version = WrmVersion.V43, Keys = [ctr, cbc] },
            new() { Version = (WrmVersion)9, Keys = [ctr] },
        ];

        Assert.All(wrong, header => Assert.Throws<ArgumentException>(() => header.ToXml()));
        Assert.Throws<ArgumentException>(() => WrmHeader.Create([]));
    }

    [Fact]
    public void Custom_attributes_are_written_canonically()
    {
        var custom = XElement.Parse(
            "<CUSTOMATTRIBUTES><mm:Publisher b=\"2\" a=\"1 &lt; &amp;&quot;\" mm:c=\"3\" xmlns:mm=\"urn:schema-musicmogul-com\"><mm:Author/><!-- gone --> E&amp;P ]]&gt;</mm:Publisher></CUSTOMATTRIBUTES>",
            LoadOptions.PreserveWhitespace);
        var header = new WrmHeader { Version = WrmVersion.V43, Keys = [], CustomAttributes = custom };

        var xml = header.ToXml();

        Assert.Contains(
            "<CUSTOMATTRIBUTES xmlns=\"\"><mm:Publisher xmlns:mm=\"urn:schema-musicmogul-com\" a=\"1 &lt; &amp;&quot;\" b=\"2\" mm:c=\"3\">"
            + "<mm:Author></mm:Author> E&amp;P ]]&gt;</mm:Publisher></CUSTOMATTRIBUTES>",
            xml,
            StringComparison.Ordinal);
        Assert.Equal(xml, WrmHeader.Parse(xml).ToXml());
    }

    [Fact]
    public void Custom_attributes_built_in_code_declare_their_namespaces_first()
    {
        XNamespace own = "urn:own";
        var header = new WrmHeader
        {
            Version = WrmVersion.V43,
            Keys = [],
            CustomAttributes = new XElement("CUSTOMATTRIBUTES", new XElement(own + "a", new XAttribute("z", "1"), new XElement("b"))),
        };

        Assert.Contains("<CUSTOMATTRIBUTES xmlns=\"\"><a xmlns=\"urn:own\" z=\"1\"><b xmlns=\"\"></b></a></CUSTOMATTRIBUTES>", header.ToXml(), StringComparison.Ordinal);
        var unprefixed = new XElement("CUSTOMATTRIBUTES", new XAttribute(own + "z", "1"));
        Assert.Throws<ArgumentException>(() => new WrmHeader { Version = WrmVersion.V43, Keys = [], CustomAttributes = unprefixed }.ToXml());
        Assert.Throws<ArgumentException>(() => new WrmHeader { Version = WrmVersion.V43, Keys = [], CustomAttributes = new XElement("OTHER") });
        var surrogate = new XElement("CUSTOMATTRIBUTES", "\uDC00");
        Assert.Throws<ArgumentException>(() => new WrmHeader { Version = WrmVersion.V43, Keys = [], CustomAttributes = surrogate }.ToXml());
    }

    [Fact]
    public void Bytes_are_utf16_little_endian_without_a_mark_and_a_mark_is_accepted()
    {
        var header = WrmHeader.Create([new WrmKey(KidA, WrmAlgorithm.AesCtr, SumA)]);
        var bytes = header.ToByteArray();

        Assert.Equal([(byte)'<', 0, (byte)'W', 0], bytes[..4]);
        Assert.Equal(header.ToXml(), Encoding.Unicode.GetString(bytes));
        Assert.Equal(KidA, Assert.Single(WrmHeader.Parse([0xFF, 0xFE, .. bytes]).Keys).KeyId);
    }

    [Fact]
    public void Everything_comes_back_after_reading()
    {
        var header = new WrmHeader
        {
            Version = WrmVersion.V43,
            Keys = [new WrmKey(KidA, WrmAlgorithm.AesCtr, SumA), new WrmKey(KidB, WrmAlgorithm.AesCtr, SumB)],
            LicenseUrl = "https://a.example/?x=1&y=2",
            LicensePageUrl = "https://b.example/",
            DomainServiceId = new Guid("37fb7b00-8ebb-416d-9b1e-5d55fd023044"),
            CustomAttributes = new XElement("CUSTOMATTRIBUTES", new XElement("front", "AAA")),
            OnDemand = true,
            LicenseRequested = false,
        };

        var read = WrmHeader.Parse(header.ToByteArray());

        Assert.Equal(header.ToXml(), read.ToXml());
        Assert.Equal([KidA, KidB], read.Keys.Select(key => key.KeyId));
        Assert.Equal(SumB, read.Keys[1].Checksum.ToArray());
        Assert.Equal(header.DomainServiceId, read.DomainServiceId);
        Assert.Equal("AAA", read.CustomAttributes!.Element("front")!.Value);
        Assert.True(read.OnDemand);
        Assert.False(read.LicenseRequested);
    }

    [Theory]
    [InlineData("<DATA><PROTECTINFO><KIDS><KID ALGID=\"AESCTR\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"> </KID></KIDS></PROTECTINFO><NEWER/><LA_URL>\n https://a.example \n</LA_URL></DATA>")]
    [InlineData("<!-- c --><DATA >\n<LA_URL>https://a.example</LA_URL><PROTECTINFO><KIDS><KID VALUE=' 0IbHou/5s0yzM80yOkKEpQ== '/></KIDS></PROTECTINFO></DATA>")]
    public void White_space_order_and_unknown_elements_do_not_matter(string data)
    {
        var header = WrmHeader.Parse(Open + "\"4.3.0.0\">" + data + "</WRMHEADER>");

        Assert.Equal("https://a.example", header.LicenseUrl);
        Assert.Equal(KidA, Assert.Single(header.Keys).KeyId);
    }

    [Theory]
    [InlineData("", "not well-formed")]
    [InlineData("<!DOCTYPE WRMHEADER [<!ENTITY a \"b\">]><WRMHEADER>&a;</WRMHEADER>", "not well-formed")]
    [InlineData("<WRMHEADER version=\"4.0.0.0\"/>", "root")]
    [InlineData(Open + "\"4.4.0.0\"/>", "version")]
    [InlineData("<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\"/>", "version")]
    [InlineData(Open + "\"4.0.0.0\"/>", "without a KID")]
    [InlineData(Open + "\"4.0.0.0\"><DATA><KID>0IbHou/5s0yzM80yOkKEpQ==</KID></DATA></WRMHEADER>", "without an ALGID")]
    [InlineData(Open + "\"4.1.0.0\"><DATA><PROTECTINFO><KID VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"/></PROTECTINFO></DATA></WRMHEADER>", "without an ALGID")]
    [InlineData(Open + "\"4.3.0.0\"><DATA><PROTECTINFO><KIDS><KID/></KIDS></PROTECTINFO></DATA></WRMHEADER>", "without a VALUE")]
    [InlineData(Open + "\"4.3.0.0\"><DATA><PROTECTINFO><KIDS><KID VALUE=\"!\"/></KIDS></PROTECTINFO></DATA></WRMHEADER>", "not base64")]
    [InlineData(Open + "\"4.3.0.0\"><DATA><PROTECTINFO><KIDS><KID VALUE=\"AAAA\"/></KIDS></PROTECTINFO></DATA></WRMHEADER>", "3 bytes")]
    [InlineData(Open + "\"4.3.0.0\"><DATA><PROTECTINFO><KIDS><KID ALGID=\"AESCBC\" CHECKSUM=\"xNvWVxoWk04=\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"/></KIDS></PROTECTINFO></DATA></WRMHEADER>", "CHECKSUM")]
    [InlineData(Open + "\"4.3.0.0\"><DATA><PROTECTINFO><KIDS><KID ALGID=\"ROT13\" VALUE=\"0IbHou/5s0yzM80yOkKEpQ==\"/></KIDS></PROTECTINFO></DATA></WRMHEADER>", "ALGID")]
    [InlineData(Open + "\"4.3.0.0\"><DATA/><DATA/></WRMHEADER>", "more than one DATA")]
    [InlineData(Open + "\"4.3.0.0\"><DATA><PROTECTINFO LICENSEREQUESTED=\"maybe\"/></DATA></WRMHEADER>", "LICENSEREQUESTED")]
    [InlineData(Open + "\"4.3.0.0\"><DATA><DS_ID>AA==</DS_ID></DATA></WRMHEADER>", "DS_ID")]
    public void Broken_headers_are_refused_with_what_is_wrong(string xml, string expected)
    {
        Assert.Contains(expected, Assert.Throws<CencFormatException>(() => WrmHeader.Parse(xml)).Message, StringComparison.Ordinal);
        Assert.False(WrmHeader.TryParse(Encoding.Unicode.GetBytes(xml), out _));
    }

    [Fact]
    public void Depth_and_size_are_limited()
    {
        var deep = Open + "\"4.3.0.0\">" + string.Concat(Enumerable.Repeat("<a>", 30)) + string.Concat(Enumerable.Repeat("</a>", 30)) + "</WRMHEADER>";
        Assert.Contains("nested", Assert.Throws<CencFormatException>(() => WrmHeader.Parse(deep)).Message, StringComparison.Ordinal);
        var large = Open + "\"4.3.0.0\">" + new string(' ', PlayReadyObject.MaxSize) + "</WRMHEADER>";
        Assert.Throws<CencFormatException>(() => WrmHeader.Parse(large));
        Assert.Throws<CencFormatException>(() => WrmHeader.Parse([0x3C]));
        Assert.Throws<CencFormatException>(() => WrmHeader.Parse([0x00, 0xD8]));
    }
}
