using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Cpix.Xml;
using DrmHub.KeyService.Speke;
using DrmHub.KeyService.Tests.Cpix;
using static DrmHub.KeyService.Tests.Speke.SpekeRequests;

namespace DrmHub.KeyService.Tests.Speke;

public sealed class SpekeFillerTests
{
    [Fact]
    public void Every_element_comes_back_filled_and_the_contract_unchanged()
    {
        const string periods = "<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\" index=\"3\" start=\"2026-01-01T02:00:00+02:00\" end=\"2026-01-01T00:05:00Z\"/></cpix:ContentKeyPeriodList>";
        var request = V2(["VIDEO", "AUDIO"], [Widevine, PlayReady, FairPlay], version: "2.4", periods: periods, periodFilter: "<cpix:KeyPeriodFilter periodId=\"p\"/>")
            .Replace("contentId=", "id=\"old\" contentId=", StringComparison.Ordinal);
        var before = CpixDocument.Load(Encoding.UTF8.GetBytes(request));
        var contract = Parse(request, SpekeVersion.V21);
        var text = Encoding.UTF8.GetString(SpekeFiller.FillV2(contract, Answers(contract)));
        var answer = CpixDocument.Load(Encoding.UTF8.GetBytes(text));

        Assert.Null(answer.Id);
        Assert.Equal(("movie", "2.4"), (answer.ContentId, answer.Version));
        Assert.Equal(Inner(before.UsageRules.Element!), Inner(answer.UsageRules.Element!));
        Assert.Equal(Inner(before.Periods.Element!), Inner(answer.Periods.Element!));
        Assert.Contains("start=\"2026-01-01T02:00:00+02:00\"", text, StringComparison.Ordinal);
        Assert.Equal([KeyBytes(0), KeyBytes(1)], answer.ContentKeys.Select(k => k.GetKeyBytes()));
        Assert.All(answer.ContentKeys, k => Assert.Equal(0xEE, k.ExplicitIV![0]));
        Assert.All(answer.ContentKeys, k => Assert.Equal("cbcs", k.CommonEncryptionScheme));
        Assert.Equal(2, text.Split("<pskc:PlainValue>").Length - 1);
        Assert.Contains("xmlns:pskc=\"urn:ietf:params:xml:ns:keyprov:pskc\"", text, StringComparison.Ordinal);
        foreach (var system in answer.DrmSystems)
        {
            Assert.Equal("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"x\"", system.HlsSignaling.Single(h => h.Playlist == "media").Text);
            Assert.Equal("#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI=\"x\"", system.HlsSignaling.Single(h => h.Playlist == "master").Text);
            Assert.Equal(system.System == DrmSystem.FairPlay, !system.Has("PSSH"));
            Assert.Equal(system.System == DrmSystem.FairPlay ? null : [4, 5, 6], system.ContentProtectionData);
        }
    }

    [Fact]
    public void Signatures_of_the_encryptor_over_its_rules_still_verify_in_the_answer()
    {
        var request = CpixDocument.Load(Encoding.UTF8.GetBytes(V2(["VIDEO", "AUDIO"], [Widevine]).Replace("<cpix:CPIX ", "<cpix:CPIX xmlns:speke=\"urn:aws:amazon:com:speke\" ", StringComparison.Ordinal)));
        request.Sign(request.UsageRules, TestCertificates.Signer);
        request.Sign(request.ContentKeys, TestCertificates.Signer);
        var contract = SpekeV2Contract.Parse(request.Save(), SpekeVersion.V20);
        var answer = Load(SpekeFiller.FillV2(contract, Answers(contract)));
        Assert.Equal("ContentKeyUsageRuleList", Assert.Single(answer.Signatures).TargetName);
        Assert.Equal(1, answer.VerifySignatures());
    }

    [Theory]
    [InlineData(SpekeVersion.V20, null)]
    [InlineData(SpekeVersion.V21, 7L)]
    public void Our_own_requests_are_accepted_and_answered(SpekeVersion version, long? period)
    {
        var request = new SpekeRequest
        {
            ContentId = "a & b",
            Version = version,
            Keys = [("SD+HD1", KeyId.Parse(Kid(0))), ("HD2", KeyId.Parse(Kid(1))), ("STEREO_AUDIO", KeyId.Parse(Kid(2)))],
            Systems = [DrmSystemIds.Widevine, DrmSystemIds.PlayReady, DrmSystemIds.FairPlay],
            PeriodIndex = period,
            Recipient = TestCertificates.A,
        };
        var contract = SpekeV2Contract.Parse(request.ToDocument().Save(), version);
        Assert.Equal("a & b", contract.ContentId);
        Assert.All(contract.Keys, k => Assert.Equal(period, k.Period?.Index));
        var answer = Load(SpekeFiller.FillV2(contract, Answers(contract)));
        Assert.Equal(3, answer.ReadEncryptedKeys(TestCertificates.A).Count);
        Assert.Equal("CAk=", answer.DrmSystems.First(s => s.System == DrmSystem.PlayReady).SmoothStreamingProtectionHeaderData);
    }

    [SkippableFact]
    public void Every_vector_that_is_accepted_comes_back_filled()
    {
        CpixVectors.SkipIfAbsent();
        var filled = 0;
        foreach (var file in CpixVectors.All().Where(f => f.Contains("test_case", StringComparison.Ordinal)))
        {
            var contract = SpekeV2Contract.Parse(CpixVectors.Read(file.Split('/')), SpekeVersion.V20);
            var answer = CpixDocument.Load(SpekeFiller.FillV2(contract, Answers(contract)));
            Assert.Equal(contract.Keys.Count, answer.ContentKeys.Select(k => Convert.ToHexString(k.GetKeyBytes()!)).Distinct().Count());
            foreach (var system in answer.DrmSystems.Where(s => s.System != DrmSystem.FairPlay)) Assert.NotNull(system.Pssh);
            foreach (var hls in answer.DrmSystems.SelectMany(s => s.HlsSignaling)) Assert.NotNull(hls.Text);
            filled++;
        }

        Assert.Equal(21, filled);
    }

    [Fact]
    public void Key_ids_are_overridden_everywhere()
    {
        var contract = Parse(V2(["VIDEO", "AUDIO"], [Widevine]));
        var text = Encoding.UTF8.GetString(SpekeFiller.FillV2(contract, Answers(contract, kid => kid == KeyId.Parse(Kid(0)) ? KeyId.Parse(Kid(77)) : kid)));
        Assert.DoesNotContain(Kid(0), text, StringComparison.Ordinal);
        Assert.Equal(3, text.Split(Kid(77)).Length - 1);
        var answer = Load(Encoding.UTF8.GetBytes(text));
        Assert.Equal(KeyBytes(0), answer.FindKey(KeyId.Parse(Kid(77)))!.GetKeyBytes());
        Assert.DoesNotContain(answer.Validate(), p => p.Code == CpixCodes.UnknownKid);
    }

    [Fact]
    public void A_certificate_in_the_request_means_encrypted_keys()
    {
        var delivery = $"<cpix:DeliveryDataList><cpix:DeliveryData id=\"d\"><cpix:DeliveryKey><ds:X509Data xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Certificate>{Convert.ToBase64String(TestCertificates.A.RawData)}</ds:X509Certificate></ds:X509Data></cpix:DeliveryKey></cpix:DeliveryData></cpix:DeliveryDataList>";
        foreach (var (version, cpix) in new[] { (SpekeVersion.V20, "2.3"), (SpekeVersion.V21, "2.4") })
        {
            var contract = Parse(V2(["VIDEO", "AUDIO"], [Widevine], version: cpix, extra: delivery), version);
            Assert.True(contract.WantsEncryptedKeys);
            var text = Encoding.UTF8.GetString(SpekeFiller.FillV2(contract, Answers(contract)));
            Assert.DoesNotContain("PlainValue", text, StringComparison.Ordinal);
            Assert.Contains("<cpix:DocumentKey Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes256-cbc\">", text, StringComparison.Ordinal);
            Assert.Contains("<cpix:MACMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#hmac-sha512\">", text, StringComparison.Ordinal);
            Assert.Equal(KeyBytes(1), Load(Encoding.UTF8.GetBytes(text)).ReadEncryptedKeys(TestCertificates.A)[KeyId.Parse(Kid(1))]);
        }

        using var weak = TestCertificates.Make("CN=weak", 1024);
        var refusedContract = Parse(V2(["VIDEO"], [Widevine], extra: delivery.Replace(Convert.ToBase64String(TestCertificates.A.RawData), Convert.ToBase64String(weak.RawData), StringComparison.Ordinal)));
        Assert.Equal(SpekeMessages.Malformed, Assert.Throws<SpekeException>(() => SpekeFiller.FillV2(refusedContract, Answers(refusedContract))).Message);
        var without = V2(["VIDEO"], [Widevine], extra: "<cpix:DeliveryDataList><cpix:DeliveryData><cpix:DeliveryKey/></cpix:DeliveryData></cpix:DeliveryDataList>");
        Assert.Equal(SpekeMessages.Malformed, Assert.Throws<SpekeException>(() => Parse(without)).Message);
    }

    [Fact]
    public void What_2_1_adds_is_filled_where_it_is_asked_for()
    {
        var request = V2(["VIDEO", "AUDIO"], [Widevine], version: "2.4")
            .Replace($"<cpix:ContentKey kid=\"{Kid(0)}\" commonEncryptionScheme=\"cbcs\" />", $"<cpix:ContentKey kid=\"{Kid(0)}\" commonEncryptionScheme=\"cbcs\"><cpix:HDCPData/></cpix:ContentKey>", StringComparison.Ordinal)
            .Replace($"<cpix:DRMSystem kid=\"{Kid(0)}\"", $"<cpix:DRMSystem HLSAllowedCPC=\"\" kid=\"{Kid(0)}\"", StringComparison.Ordinal);
        request = request.Insert(request.IndexOf("<cpix:ContentProtectionData ", StringComparison.Ordinal) + "<cpix:ContentProtectionData ".Length, "robustness=\"\" ");
        var contract = Parse(request, SpekeVersion.V21);
        var answer = Load(SpekeFiller.FillV2(contract, Answers(contract)));
        Assert.Equal(("TYPE-1", "com.example:A", "3000"), (answer.ContentKeys[0].HlsHdcpLevel, answer.DrmSystems[0].HlsAllowedCpc, answer.DrmSystems[0].Robustness));
        Assert.Equal([7], answer.ContentKeys[0].HdcpOutputProtectionData);
        Assert.False(answer.ContentKeys[1].HasHdcpData);
        Assert.Null(answer.DrmSystems[1].Robustness);
    }

    [Fact]
    public void The_speke_namespace_and_the_old_key_uri_do_not_come_back_in_v2()
    {
        var request = V2(["VIDEO"], [Widevine]).Replace("<cpix:CPIX ", "<cpix:CPIX xmlns:speke=\"urn:aws:amazon:com:speke\" ", StringComparison.Ordinal).Replace("<cpix:PSSH />", "<cpix:PSSH /><cpix:URIExtXKey />", StringComparison.Ordinal);
        var contract = Parse(request);
        var text = Encoding.UTF8.GetString(SpekeFiller.FillV2(contract, Answers(contract)));
        Assert.DoesNotContain("speke", text, StringComparison.Ordinal);
        Assert.DoesNotContain("URIExtXKey", text, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("vod-workflow-methods-1.xml", null)]
    [InlineData("live-workflow-methods-1.xml", 1L)]
    public void Version_1_requests_are_filled(string file, long? period)
    {
        CpixVectors.SkipIfAbsent();
        var contract = SpekeV1Contract.Parse(CpixVectors.Read("speke-v1", file));
        Assert.Equal(("abc123", false), (contract.ContentId, contract.WantsEncryptedKeys));
        var key = Assert.Single(contract.Keys);
        Assert.Equal(period, key.Period?.Index);
        Assert.Equal([DrmSystem.Aes128, DrmSystem.FairPlay, DrmSystem.Widevine, DrmSystem.PlayReady], key.Systems.Select(s => s.System));
        var text = Encoding.UTF8.GetString(SpekeFiller.FillV1(contract, Answers(contract)));
        var answer = Load(Encoding.UTF8.GetBytes(text));
        Assert.Equal("abc123", answer.Id);
        Assert.Equal("https://localhost/key?a=1&b=2", answer.DrmSystems[0].UriExtXKey);
        Assert.Equal("aWRlbnRpdHk=", answer.DrmSystems[0].GetExtension("urn:aws:amazon:com:speke", "KeyFormat"));
        Assert.Equal("MQ==", answer.DrmSystems[0].GetExtension("urn:aws:amazon:com:speke", "KeyFormatVersions"));
        Assert.Equal("CAk=", answer.DrmSystems[3].GetExtension("urn:aws:amazon:com:speke", "ProtectionHeader"));
        Assert.Equal([1, 2, 3], answer.DrmSystems[2].Pssh);
        Assert.Contains("<!-- HLS SAMPLE-AES -->", text, StringComparison.Ordinal);
        Assert.Equal(KeyBytes(0), answer.ContentKeys[0].GetKeyBytes());
    }

    [SkippableFact]
    public void A_version_1_request_with_everything_asked_for_one_system_keeps_only_what_that_system_has()
    {
        CpixVectors.SkipIfAbsent();
        var contract = SpekeV1Contract.Parse(CpixVectors.Read("speke-v2", "server_api_body.xml"));
        Assert.Equal(11425, contract.Keys[0].Period!.Index);
        var answer = Load(SpekeFiller.FillV1(contract, Answers(contract)));
        var system = Assert.Single(answer.DrmSystems);
        Assert.True(system.Has("URIExtXKey"));
        Assert.False(system.Has("PSSH"));
        Assert.Null(system.GetExtension("urn:aws:amazon:com:speke", "ProtectionHeader"));
    }

    [Theory]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\"/>")]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\" id=\"a\"/>")]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\" id=\"a\"><ContentKeyList><ContentKey kid=\"11111111-1111-4111-8111-111111111111\"/></ContentKeyList></CPIX>")]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\" id=\"a\"><ContentKeyList><ContentKey kid=\"11111111-1111-4111-8111-111111111111\"/></ContentKeyList><DRMSystemList><DRMSystem kid=\"22222222-1111-4111-8111-111111111111\" systemId=\"edef8ba9-79d6-4ace-a3c8-27dcd51d21ed\"/></DRMSystemList></CPIX>")]
    [InlineData("")]
    public void Broken_version_1_requests_are_refused(string request) =>
        Assert.Equal(422, Assert.Throws<SpekeException>(() => SpekeV1Contract.Parse(Encoding.UTF8.GetBytes(request))).Status);

    private static string Inner(XmlNode element)
    {
        var text = new StringBuilder();
        foreach (var child in element.Elements()) text.Append(child.LocalName).Append(string.Join(',', child.Attributes.ToArray().Select(a => $"{a.LocalName}={a.Value}"))).Append(Inner(child));
        return text.ToString();
    }
}
