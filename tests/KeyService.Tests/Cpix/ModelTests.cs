using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Tests.Cpix;

public sealed class ModelTests
{
    internal const string Kid1 = "11111111-1111-4111-8111-111111111111";
    internal const string Kid2 = "22222222-2222-4222-8222-222222222222";
    internal const string Kid3 = "33333333-3333-4333-8333-333333333333";

    internal static CpixDocument Parse(string inner, string attributes = "contentId=\"c\" version=\"2.4\"") => CpixDocument.Load(Encoding.UTF8.GetBytes(
        $"<cpix:CPIX xmlns:cpix=\"urn:dashif:org:cpix\" xmlns:pskc=\"urn:ietf:params:xml:ns:keyprov:pskc\" {attributes}>{inner}</cpix:CPIX>"));

    internal static string Text(CpixDocument document, bool keepOrder = false) => Encoding.UTF8.GetString(document.Save(keepOrder));

    [Fact]
    public void A_request_is_filled_in_place_and_everything_else_stays()
    {
        var document = Parse($"""
            <cpix:ContentKeyList><cpix:ContentKey kid="{Kid1}" commonEncryptionScheme="cenc" x:note="n" xmlns:x="urn:x"/></cpix:ContentKeyList>
            <cpix:DRMSystemList><cpix:DRMSystem kid="{Kid1}" systemId="edef8ba9-79d6-4ace-a3c8-27dcd51d21ed">
            <cpix:HLSSignalingData playlist="master"> </cpix:HLSSignalingData><cpix:PSSH/><cpix:ContentProtectionData/><x:a xmlns:x="urn:x"><x:b/></x:a></cpix:DRMSystem></cpix:DRMSystemList>
            <cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id="p" index="7"/></cpix:ContentKeyPeriodList>
            <cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid="{Kid1}" intendedTrackType="AUDIO"><cpix:AudioFilter/><cpix:KeyPeriodFilter periodId="p"/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList>
            """);
        var key = document.ContentKeys[0];
        Assert.False(key.HasPlainValue);
        Assert.Null(key.GetKeyBytes());
        key.SetKey(Convert.FromHexString("000102030405060708090a0b0c0d0e0f"));
        key.ExplicitIV = new byte[16];
        var system = document.DrmSystems[0];
        Assert.Equal(DrmSystem.Widevine, system.System);
        Assert.True(system.Has("PSSH"));
        Assert.Null(system.Pssh);
        Assert.Null(system.HlsSignaling[0].Text);
        system.Pssh = [1, 2, 3];
        system.ContentProtectionData = [4];
        system.HlsSignaling[0].Text = "#EXT-X-SESSION-KEY:URI=\"a&b\"";

        var text = Text(document, keepOrder: true);
        Assert.Contains("<pskc:PlainValue>AAECAwQFBgcICQoLDA0ODw==</pskc:PlainValue>", text, StringComparison.Ordinal);
        Assert.Contains("<cpix:PSSH>AQID</cpix:PSSH>", text, StringComparison.Ordinal);
        Assert.Contains("x:note=\"n\"", text, StringComparison.Ordinal);
        Assert.Contains("<x:a xmlns:x=\"urn:x\"><x:b/></x:a>", text, StringComparison.Ordinal);
        Assert.Contains("<cpix:AudioFilter/><cpix:KeyPeriodFilter periodId=\"p\"/>", text, StringComparison.Ordinal);
        Assert.Contains("<cpix:ContentKeyPeriod id=\"p\" index=\"7\"/>", text, StringComparison.Ordinal);
        var again = CpixDocument.Load(Encoding.UTF8.GetBytes(text));
        Assert.Equal("#EXT-X-SESSION-KEY:URI=\"a&b\"", again.DrmSystems[0].HlsSignaling[0].Text);
        Assert.Equal(["{urn:x}a"], again.DrmSystems[0].UnknownElements);
        Assert.Equal(["{urn:x}note"], again.ContentKeys[0].UnknownAttributes.Select(a => a.Key));

        // Saved in order, PSSH comes before HLSSignalingData and KeyPeriodFilter before AudioFilter.
        var ordered = Text(again);
        Assert.True(ordered.IndexOf("<cpix:PSSH", StringComparison.Ordinal) < ordered.IndexOf("<cpix:HLSSignalingData", StringComparison.Ordinal));
        Assert.True(ordered.IndexOf("<cpix:KeyPeriodFilter", StringComparison.Ordinal) < ordered.IndexOf("<cpix:AudioFilter", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<cpix:CPIX xmlns:cpix=\"urn:dashif:org:cpix\" xmlns:pksc=\"urn:ietf:params:xml:ns:keyprov:pskc\"><cpix:ContentKeyList><cpix:ContentKey kid=\"{0}\"/></cpix:ContentKeyList></cpix:CPIX>", "<pskc:PlainValue>")]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\"><ContentKeyList><ContentKey kid=\"{0}\"/></ContentKeyList></CPIX>", "<pskc:PlainValue>")]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\" xmlns:pskc=\"urn:other\"><ContentKeyList><ContentKey kid=\"{0}\"/></ContentKeyList></CPIX>", "<pskc1:PlainValue>")]
    public void The_plain_value_has_a_prefix_whatever_the_request_declares(string format, string expected)
    {
        var document = CpixDocument.Load(Encoding.UTF8.GetBytes(format.Replace("{0}", Kid1, StringComparison.Ordinal)));
        document.ContentKeys[0].SetKey(new byte[16]);
        var text = Text(document);
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Equal(new byte[16], CpixDocument.Load(Encoding.UTF8.GetBytes(text)).ContentKeys[0].GetKeyBytes());
    }

    [Fact]
    public void Keys_get_other_ids_in_every_element_that_names_them()
    {
        var document = CpixDocument.Create("2.4", "c");
        var (from, other, to) = (KeyId.Parse(Kid1), KeyId.Parse(Kid2), KeyId.Parse(Kid3));
        document.AddContentKey(from).SetKey(new byte[16]);
        var leaf = document.AddContentKey(other);
        leaf.DependsOnKey = from;
        leaf.SetKey(new byte[16]);
        document.AddDrmSystem(DrmSystemIds.Widevine, from);
        document.AddUsageRule(from);
        document.AddRecipient(TestCertificates.A, new HashSet<KeyId> { from, other });
        document.AddRecipient(TestCertificates.B, new HashSet<KeyId> { from });
        document.EncryptKeys();
        document.ChangeKeyIds(new Dictionary<KeyId, KeyId> { [from] = to });
        var text = Text(document);
        Assert.DoesNotContain(Kid1, text, StringComparison.Ordinal);
        Assert.Equal(to, document.DrmSystems[0].Kid);
        Assert.Equal(2, CpixDocument.Load(Encoding.UTF8.GetBytes(text)).ReadEncryptedKeys(TestCertificates.A).Count);
        Assert.Null(document.FindKey(from));
        Assert.NotNull(document.FindKey(to));
        Assert.Throws<ArgumentException>(() => document.ChangeKeyIds(new Dictionary<KeyId, KeyId> { [to] = other }));
        Assert.Throws<ArgumentException>(() => document.ChangeKeyIds(new Dictionary<KeyId, KeyId> { [from] = from }));
        document.ChangeKeyIds(new Dictionary<KeyId, KeyId> { [to] = other, [other] = to });
        Assert.Equal(other, document.ContentKeys[1].DependsOnKey);
    }

    [Fact]
    public void A_leaf_key_takes_scheme_content_and_signalling_from_its_root()
    {
        var document = Parse($"""
            <cpix:ContentKeyList>
            <cpix:ContentKey kid="{Kid1}" commonEncryptionScheme="cbcs" contentId="inner"><cpix:HDCPData HLSHDCPLevel="TYPE-1"><cpix:HDCPOutputProtectionData>AQI=</cpix:HDCPOutputProtectionData></cpix:HDCPData></cpix:ContentKey>
            <cpix:ContentKey kid="{Kid2}" dependsOnKey="{Kid1}"/></cpix:ContentKeyList>
            <cpix:DRMSystemList><cpix:DRMSystem kid="{Kid1}" systemId="94ce86fb-07ff-4f43-adb8-93d2fa968ca2" HLSAllowedCPC="a"/></cpix:DRMSystemList>
            """, "version=\"2.4\"");
        var leaf = KeyId.Parse(Kid2);
        Assert.Equal([leaf, KeyId.Parse(Kid1)], document.KeyChain(leaf).Select(k => k.Kid));
        Assert.Equal("cbcs", document.EffectiveScheme(leaf));
        Assert.Equal("inner", document.EffectiveContentId(leaf));
        Assert.Equal("a", Assert.Single(document.FindDrmSystems(leaf)).HlsAllowedCpc);
        Assert.Equal("TYPE-1", document.ContentKeys[0].HlsHdcpLevel);
        Assert.Equal([1, 2], document.ContentKeys[0].HdcpOutputProtectionData);
        Assert.Empty(document.Validate());

        document.ContentKeys[1].CommonEncryptionScheme = "cbcs";
        Assert.Contains(document.Validate(), p => p.Code == CpixCodes.AttributeCombination);
        document.ContentKeys[0].DependsOnKey = leaf;
        Assert.Equal(CpixCodes.Hierarchy, Assert.Throws<CpixException>(() => document.KeyChain(leaf)).Code);
        Assert.Contains(document.Validate(), p => p.Code == CpixCodes.Hierarchy);
        document.ContentKeys[0].DependsOnKey = KeyId.Parse(Kid3);
        Assert.Equal(CpixCodes.Hierarchy, Assert.Throws<CpixException>(() => document.EffectiveScheme(leaf)).Code);
    }

    /// <summary>Whoever encrypts such a document would encrypt one key and leave the other as it is.</summary>
    [Theory]
    [InlineData("two Data", "<cpix:Data>#</cpix:Data><cpix:Data>#</cpix:Data>")]
    [InlineData("one in each namespace", "<cpix:Data>#</cpix:Data><pskc:Data>#</pskc:Data>")]
    [InlineData("two secrets", "<cpix:Data>##</cpix:Data>")]
    [InlineData("two values", "<cpix:Data><pskc:Secret>%%</pskc:Secret></cpix:Data>")]
    [InlineData("a clear and an encrypted value", "<cpix:Data><pskc:Secret>%<pskc:EncryptedValue/></pskc:Secret></cpix:Data>")]
    [InlineData("two encrypted values", "<cpix:Data><pskc:Secret><pskc:EncryptedValue/><pskc:EncryptedValue/></pskc:Secret></cpix:Data>")]
    public void A_key_that_is_there_twice_is_refused(string what, string data)
    {
        data = data.Replace("#", "<pskc:Secret>%</pskc:Secret>", StringComparison.Ordinal).Replace("%", "<pskc:PlainValue>gO7Dkgn4WxQ3rwyYbPV+Fg==</pskc:PlainValue>", StringComparison.Ordinal);
        var exception = Assert.Throws<CpixException>(() => Parse($"<cpix:ContentKeyList><cpix:ContentKey kid=\"{Kid1}\">{data}</cpix:ContentKey></cpix:ContentKeyList>"));
        Assert.True(exception.Code == "cpix.element", what);
    }

    [Fact]
    public void The_update_history_counts_upwards()
    {
        var document = CpixDocument.Create("2.3", "c");
        document.AddContentKey(KeyId.Parse(Kid1));
        var date = new DateTimeOffset(2026, 1, 31, 20, 0, 0, TimeSpan.FromHours(2));
        Assert.Equal(1, document.AddUpdate("1", "packager", date).UpdateVersion);
        var second = document.AddUpdate("2", "key server", date);
        document.ContentKeys.UpdateVersion = second.UpdateVersion;
        var again = CpixDocument.Load(document.Save());
        Assert.Equal(2, again.ContentKeys.UpdateVersion);
        Assert.Equal(("2", "key server", date), (again.UpdateHistory[1].Index, again.UpdateHistory[1].Source, again.UpdateHistory[1].Date));
        Assert.Contains("date=\"2026-01-31T18:00:00Z\"", Text(again), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_lose_items_and_then_themselves()
    {
        var document = CpixDocument.Create("2.4", "c");
        var key = document.AddContentKey(KeyId.Parse(Kid1));
        Assert.Throws<ArgumentException>(() => document.AddContentKey(KeyId.Parse(Kid1)));
        Assert.True(document.ContentKeys.Remove(key));
        Assert.False(document.ContentKeys.Remove(key));
        Assert.Null(document.FindKey(key.Kid));
        Assert.DoesNotContain("ContentKeyList", Text(document), StringComparison.Ordinal);
        document.AddContentKey(KeyId.Parse(Kid1));
        Assert.Contains("ContentKeyList", Text(document), StringComparison.Ordinal);
    }

    [Fact]
    public void Loading_changes_nothing_also_where_values_are_written_unusually()
    {
        // Found by mutation: reading an id that is no XML id once threw what only setting one may throw.
        var document = Parse($"""
            <cpix:DeliveryDataList><cpix:DeliveryData><cpix:DocumentKey encryptsKey=" {Kid1.ToUpperInvariant()}  {Kid2} "/></cpix:DeliveryData></cpix:DeliveryDataList>
            <cpix:ContentKeyList><cpix:ContentKey id="-1 :" kid="{Kid1}" dependsOnKey="{Kid3.Replace('3', 'A')}" explicitIV=""/></cpix:ContentKeyList>
            <cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id="" index=" +1 " start="2026-01-01T00:00:00.10"/></cpix:ContentKeyPeriodList>
            """);
        Assert.Equal(0, document.Root.ChangeCount);
        Assert.Equal("-1 :", document.ContentKeys[0].Id);
        Assert.Equal(1, document.Periods[0].Index);
        Assert.Equal(2, document.DeliveryData[0].DocumentKeys[0].EncryptsKeys.Count);
        Assert.Contains(document.Validate(), p => p.Code == CpixCodes.Schema);
        Assert.Throws<ArgumentException>(() => document.ContentKeys[0].Id = "a:b");
    }

    [Fact]
    public void Comments_and_instructions_around_the_root_stay()
    {
        var document = CpixDocument.Load("<?a b?><!--c--><CPIX xmlns=\"urn:dashif:org:cpix\"/><?d?><!--e-->"u8);
        Assert.Equal("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?a b?>\n<!--c-->\n<CPIX xmlns=\"urn:dashif:org:cpix\"/>\n<?d?>\n<!--e-->", Text(document));
    }

    [Fact]
    public void Text_that_needs_escaping_survives()
    {
        var document = CpixDocument.Create("2.4", "a&b<\"c\">\t\n€𝄞");
        document.AddUsageRule(KeyId.Parse(Kid1)).AddLabel("x\r\n'y'");
        var system = document.AddDrmSystem(DrmSystemIds.PlayReady, KeyId.Parse(Kid1));
        system.SetExtension("urn:aws:amazon:com:speke", "KeyFormat", "]]>&<\r");
        var again = CpixDocument.Load(document.Save());
        Assert.Equal(document.ContentId, again.ContentId);
        Assert.Equal("x\r\n'y'", again.UsageRules[0].Labels[0]);
        Assert.Equal("]]>&<\r", again.DrmSystems[0].GetExtension("urn:aws:amazon:com:speke", "KeyFormat"));
    }

    [Theory]
    [InlineData(CpixCodes.UnknownKid, "<cpix:DRMSystemList><cpix:DRMSystem kid=\"" + Kid1 + "\" systemId=\"" + Kid2 + "\"/></cpix:DRMSystemList>")]
    [InlineData(CpixCodes.Base64, "<cpix:ContentKeyList><cpix:ContentKey kid=\"" + Kid1 + "\"><cpix:Data><pskc:Secret><pskc:PlainValue>?</pskc:PlainValue></pskc:Secret></cpix:Data></cpix:ContentKey></cpix:ContentKeyList>")]
    [InlineData(CpixCodes.KeyLength, "<cpix:ContentKeyList><cpix:ContentKey kid=\"" + Kid1 + "\"><cpix:Data><pskc:Secret><pskc:PlainValue>AAAA</pskc:PlainValue></pskc:Secret></cpix:Data></cpix:ContentKey></cpix:ContentKeyList>")]
    [InlineData(CpixCodes.Period, "<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\" start=\"2026-01-01T00:00:00Z\"/></cpix:ContentKeyPeriodList>")]
    [InlineData(CpixCodes.Period, "<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\" start=\"2026-01-02T00:00:00Z\" end=\"2026-01-01T00:00:00Z\"/></cpix:ContentKeyPeriodList>")]
    [InlineData(CpixCodes.Period, "<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\"/></cpix:ContentKeyPeriodList>")]
    [InlineData(CpixCodes.Rule, "<cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid=\"" + Kid1 + "\"><cpix:KeyPeriodFilter periodId=\"none\"/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList>")]
    [InlineData(CpixCodes.Rule, "<cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid=\"" + Kid1 + "\"><cpix:BitrateFilter/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList>")]
    [InlineData(CpixCodes.Rule, "<cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid=\"" + Kid1 + "\"><cpix:VideoFilter minPixels=\"2\" maxPixels=\"1\"/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList>")]
    [InlineData(CpixCodes.Schema, "<cpix:DRMSystemList><cpix:DRMSystem kid=\"" + Kid1 + "\" systemId=\"" + Kid2 + "\"><cpix:HLSSignalingData playlist=\"master\"/></cpix:DRMSystem></cpix:DRMSystemList>")]
    [InlineData(CpixCodes.Element, "<cpix:DRMSystemList><cpix:DRMSystem kid=\"" + Kid1 + "\" systemId=\"" + Kid2 + "\"><cpix:HLSSignalingData/><cpix:HLSSignalingData playlist=\"media\"/></cpix:DRMSystem></cpix:DRMSystemList>")]
    [InlineData(CpixCodes.Element, "<cpix:DRMSystemList><cpix:DRMSystem kid=\"" + Kid1 + "\" systemId=\"" + Kid2 + "\"><cpix:PSSH>AAAA</cpix:PSSH></cpix:DRMSystem></cpix:DRMSystemList>")]
    [InlineData(CpixCodes.Certificate, "<cpix:DeliveryDataList><cpix:DeliveryData/></cpix:DeliveryDataList>")]
    public void Validation_names_what_loading_lets_pass(string code, string inner) =>
        Assert.Contains(Parse(inner).Validate(), p => p.Code == code);
}
