using System.Xml;
using System.Xml.Linq;
using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;

namespace DrmHub.Cenc.Tests.Signalling;

public sealed class ContentProtectionTests
{
    private static readonly XNamespace Mpd = "urn:mpeg:dash:schema:mpd:2011";
    private static readonly XNamespace Cenc = "urn:mpeg:cenc:2013";
    private static readonly XNamespace Mspr = "urn:microsoft:playready";
    private static readonly XNamespace DashIf = "https://dashif.org/CPS";
    private static readonly KeyId Kid = KeyId.Parse("9eb4050d-e44b-4802-932e-27d75083e266");
    private static readonly PsshBox Widevine = PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [Kid], Scheme = ProtectionScheme.Cbcs });
    private static readonly PlayReadyObject PlayReady = PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(Kid, ProtectionScheme.Cbcs)]));

    [Theory]
    [InlineData(ProtectionScheme.Cenc, "cenc")]
    [InlineData(ProtectionScheme.Cbc1, "cbc1")]
    [InlineData(ProtectionScheme.Cens, "cens")]
    [InlineData(ProtectionScheme.Cbcs, "cbcs")]
    public void The_generic_descriptor_names_scheme_and_key_id(ProtectionScheme scheme, string value)
    {
        var element = Read(ContentProtection.ForScheme(scheme, Kid));

        Assert.Equal(Mpd + "ContentProtection", element.Name);
        Assert.Equal("urn:mpeg:dash:mp4protection:2011", element.Attribute("schemeIdUri")!.Value);
        Assert.Equal(value, element.Attribute("value")!.Value);
        Assert.Equal("9eb4050d-e44b-4802-932e-27d75083e266", element.Attribute(Cenc + "default_KID")!.Value);
        Assert.Empty(element.Nodes());
    }

    [Fact]
    public void Widevine_carries_its_pssh()
    {
        var element = Read(ContentProtection.ForWidevine(Widevine, Kid, "https://l.example/wv"));

        Assert.Equal("urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed", element.Attribute("schemeIdUri")!.Value);
        Assert.Equal(Widevine.ToByteArray(), Convert.FromBase64String(element.Element(Cenc + "pssh")!.Value));
        Assert.Equal("https://l.example/wv", element.Element(DashIf + "Laurl")!.Value);
        Assert.Equal(Kid.ToString(), element.Attribute(Cenc + "default_KID")!.Value);
    }

    [Fact]
    public void PlayReady_carries_the_same_object_twice()
    {
        var element = Read(ContentProtection.ForPlayReady(PlayReady));

        Assert.Equal("urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95", element.Attribute("schemeIdUri")!.Value);
        var pro = Convert.FromBase64String(element.Element(Mspr + "pro")!.Value);
        Assert.Equal(PlayReady.ToByteArray(), pro);
        Assert.Equal(pro, PsshBox.Parse(Convert.FromBase64String(element.Element(Cenc + "pssh")!.Value)).Data.ToArray());
        Assert.Null(element.Attribute(Cenc + "default_KID"));
    }

    [Fact]
    public void FairPlay_has_a_key_id_and_no_pssh()
    {
        var element = Read(ContentProtection.ForFairPlay(Kid));

        Assert.Equal("urn:uuid:94ce86fb-07ff-4f43-adb8-93d2fa968ca2", element.Attribute("schemeIdUri")!.Value);
        Assert.Empty(element.Elements());
    }

    /// <summary>What dash.js and Shaka Player match on: no pssh, the prefix "dashif", a capital L.</summary>
    [Fact]
    public void Clear_key_has_a_licence_url_with_the_prefix_that_players_look_for()
    {
        var xml = ContentProtection.ForClearKey(Kid, "https://l.example/clearkey?a=1&b=2").ToXml();

        var element = XElement.Parse(xml);
        Assert.Equal("urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e", element.Attribute("schemeIdUri")!.Value);
        Assert.Equal("ClearKey1.0", element.Attribute("value")!.Value);
        Assert.Equal(Kid.ToString(), element.Attribute(Cenc + "default_KID")!.Value);
        Assert.Equal("https://l.example/clearkey?a=1&b=2", Assert.Single(element.Elements(), child => child.Name == DashIf + "Laurl").Value);
        using var reader = XmlReader.Create(new StringReader(xml));
        Assert.True(reader.ReadToFollowing("Laurl", DashIf.NamespaceName));
        Assert.Equal("dashif", reader.Prefix);
    }

    [Fact]
    public void The_common_system_carries_its_pssh()
    {
        var box = PsshBox.ForCommon([Kid]);

        var element = Read(ContentProtection.ForCommon(box, Kid));

        Assert.Equal("urn:uuid:1077efec-c0b2-4d02-ace3-3c1e52e2fb4b", element.Attribute("schemeIdUri")!.Value);
        Assert.Equal(box.ToBase64(), element.Element(Cenc + "pssh")!.Value);
    }

    [Fact]
    public void Inside_a_manifest_nothing_is_declared_twice()
    {
        using var text = new StringWriter();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true }))
        {
            writer.WriteStartElement("MPD", Mpd.NamespaceName);
            writer.WriteAttributeString("xmlns", "cenc", null, Cenc.NamespaceName);
            ContentProtection.ForScheme(ProtectionScheme.Cenc, Kid).WriteTo(writer);
            writer.WriteEndElement();
        }

        Assert.Equal(
            "<MPD xmlns:cenc=\"urn:mpeg:cenc:2013\" xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"cenc\" "
            + "cenc:default_KID=\"9eb4050d-e44b-4802-932e-27d75083e266\" /></MPD>",
            text.ToString());
    }

    [Fact]
    public void The_content_alone_is_what_cpix_wants()
    {
        var widevine = XElement.Parse(ContentProtection.ForWidevine(Widevine).ToContentXml());
        Assert.Equal(Cenc + "pssh", widevine.Name);

        var playReady = XElement.Parse("<r>" + ContentProtection.ForPlayReady(PlayReady).ToContentXml() + "</r>");
        Assert.Equal([Cenc + "pssh", Mspr + "pro"], playReady.Elements().Select(element => element.Name));
        Assert.Equal("", ContentProtection.ForFairPlay(Kid).ToContentXml());
    }

    [Theory]
    [InlineData("https://l.example/?x=\"/><evil a='1'>]]>&lt;&amp;")]
    [InlineData("https://l.example/ü\U0001F511?<![CDATA[")]
    [InlineData("https://l.example/-->")]
    public void Hostile_urls_stay_text(string url)
    {
        var element = Read(ContentProtection.ForClearKey(Kid, url));

        Assert.Equal(url, Assert.Single(element.Elements()).Value);
        Assert.IsType<XText>(Assert.Single(element.Elements().Single().Nodes()));
    }

    [Fact]
    public void Urls_that_xml_cannot_carry_are_refused()
    {
        foreach (var url in new[] { "relative/path", "", "https://l.example/\r\n", "https://l.example/\0", "https://l.example/" + '\uD800', "https://l.example/" + '\uDC00' + "a", "https://l.example/\uFFFF" })
        {
            Assert.Throws<ArgumentException>(() => ContentProtection.ForClearKey(Kid, url));
            Assert.Throws<ArgumentException>(() => ContentProtection.ForWidevine(Widevine, Kid, url));
        }
    }

    [Fact]
    public void A_box_of_another_system_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ContentProtection.ForWidevine(PsshBox.ForCommon([Kid])));
        Assert.Throws<ArgumentException>(() => ContentProtection.ForCommon(Widevine));
    }

    private static XElement Read(ContentProtection protection)
    {
        using var reader = XmlReader.Create(new StringReader(protection.ToXml()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return XElement.Load(reader);
    }
}
