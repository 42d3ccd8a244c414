using System.Text;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Speke;
using DrmHub.KeyService.Tests.Cpix;
using static DrmHub.KeyService.Tests.Speke.SpekeRequests;

namespace DrmHub.KeyService.Tests.Speke;

public sealed class SpekeV2ContractTests
{
    private static readonly string Good = V2(["VIDEO", "AUDIO"], [Widevine, PlayReady]);

    public static TheoryData<string> Vectors()
    {
        var data = new TheoryData<string>();
        foreach (var file in CpixVectors.All().Where(f => f.StartsWith("speke-v2", StringComparison.Ordinal))) data.Add(file);
        if (CpixVectors.Root is null) data.Add("absent");
        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Vectors))]
    public void Every_vector_is_taken_or_refused_as_it_should_be(string file)
    {
        CpixVectors.SkipIfAbsent();
        var body = CpixVectors.Read(file.Split('/'));
        var expected = Path.GetFileName(file) switch
        {
            "server_api_body.xml" => SpekeMessages.MissingContentId,
            "server_api_body_spekev2.xml" => SpekeMessages.IncompatibleScheme(FairPlay),
            "3_negative_wrong_version_spekev2_dash_widevine.xml" => SpekeMessages.UnsupportedVersion,
            "4_spekev2_negative_preset_shared_video.xml" or "5_spekev2_negative_preset_shared_audio.xml" => SpekeMessages.Malformed,
            _ => null,
        };
        if (expected is not null)
        {
            var refused = Assert.Throws<SpekeException>(() => SpekeV2Contract.Parse(body, SpekeVersion.V20));
            Assert.Equal((422, expected), (refused.Status, refused.Message));
            return;
        }

        var contract = SpekeV2Contract.Parse(body, SpekeVersion.V20);
        Assert.NotEmpty(contract.Keys);
        Assert.All(contract.Keys, k => Assert.NotEmpty(k.Systems));
        Assert.False(contract.WantsEncryptedKeys);
    }

    [Fact]
    public void A_contract_tells_keys_ranges_systems_and_scheme()
    {
        var contract = Parse(V2(["SD", "HD", "UHD", "STEREO_AUDIO", "MULTICHANNEL_AUDIO"], [Widevine, FairPlay]));
        Assert.Equal(("movie", "cbcs"), (contract.ContentId, contract.Scheme));
        Assert.Equal(["SD", "HD", "UHD", "STEREO_AUDIO", "MULTICHANNEL_AUDIO"], contract.Keys.Select(k => k.TrackType));
        Assert.Equal(new SpekeTrackRange(true, false, null, 589_824, null, null), contract.Keys[0].Range);
        Assert.Equal(new SpekeTrackRange(true, false, 589_825, null, null, null), contract.Keys[1].Range);
        Assert.Equal(new SpekeTrackRange(false, true, null, null, 3, null), contract.Keys[4].Range);
        Assert.All(contract.Keys, k => Assert.Equal(2, k.Systems.Count));
        Assert.All(contract.Keys, k => Assert.Null(k.Period));
        Assert.Equal(SpekeTrackRange.Everything, Parse(V2(["ALL"], [Widevine])).Keys[0].Range);
        Assert.Equal(921_600, Parse(V2(["SD+HD1", "HD2"], [Widevine])).Keys[0].Range.MaxPixels);
    }

    [Theory]
    [InlineData("2.0", SpekeVersion.V20)]
    [InlineData("2.1", SpekeVersion.V21)]
    [InlineData("1.0", null)]
    [InlineData("2", null)]
    [InlineData("3.0", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Only_two_versions_are_spoken(string? header, SpekeVersion? expected)
    {
        if (expected is { } version)
        {
            Assert.Equal(version, SpekeVersions.Parse(header));
            Assert.Equal(header, version.ToHeader());
            return;
        }

        var refused = Assert.Throws<SpekeException>(() => SpekeVersions.Parse(header));
        Assert.Equal((422, "Unsupported SPEKE version"), (refused.Status, refused.Message));
    }

    [Theory]
    [InlineData(" contentId=\"movie\"", "", "Missing CPIX@contentId")]
    [InlineData("contentId=\"movie\"", "contentId=\"\"", "Missing CPIX@contentId")]
    [InlineData(" version=\"2.3\"", "", "Missing CPIX@version")]
    [InlineData("version=\"2.3\"", "version=\"4.0\"", "Unsupported CPIX@version")]
    [InlineData("version=\"2.3\"", "version=\"2.4\"", "Unsupported CPIX@version")]
    [InlineData("kid=\"00000001-1111-4111-8111-111111111111\" commonEncryptionScheme=\"cbcs\"", "kid=\"00000001-1111-4111-8111-111111111111\"", "Missing ContentKey@commonEncryptionScheme for KID 00000001-1111-4111-8111-111111111111")]
    [InlineData("kid=\"00000001-1111-4111-8111-111111111111\" commonEncryptionScheme=\"cbcs\"", "kid=\"00000001-1111-4111-8111-111111111111\" commonEncryptionScheme=\"cenc\"", "Non compliant ContentKey@commonEncryptionScheme combination")]
    [InlineData("\"cbcs\"", "\"abcd\"", "Malformed encryption contract")]
    [InlineData("\"cbcs\"", "\"SAMPLE-AES\"", "Malformed encryption contract")]
    [InlineData(PlayReady, FairPlay, null)]
    [InlineData("\"cbcs\"", "\"cenc\"", null)]
    [InlineData(PlayReady, Aes128, "ContentKey@commonEncryptionScheme non compatible with DRMSystem 3ea8778f-7742-4bf9-b18b-e834b2acbd47")]
    [InlineData(PlayReady, "11111111-0000-4000-8000-000000000000", "Requested CPIX encryption contract not supported")]
    [InlineData(PlayReady, Widevine, "Malformed encryption contract")]
    [InlineData("<cpix:VideoFilter/>", "", "Malformed encryption contract")]
    [InlineData("<cpix:VideoFilter/>", "<cpix:VideoFilter/><cpix:AudioFilter/>", "Requested CPIX encryption contract not supported")]
    [InlineData("<cpix:VideoFilter/>", "<cpix:VideoFilter/><cpix:VideoFilter/>", "Malformed encryption contract")]
    [InlineData("<cpix:VideoFilter/>", "<cpix:AudioFilter/>", "Malformed encryption contract")]
    [InlineData("<cpix:VideoFilter/>", "<cpix:VideoFilter minPixels=\"2\" maxPixels=\"1\"/>", "Malformed encryption contract")]
    [InlineData("<cpix:VideoFilter/>", "<cpix:VideoFilter/><cpix:BitrateFilter/><cpix:LabelFilter label=\"x\"/>", null)]
    [InlineData("<cpix:VideoFilter/>", "<cpix:VideoFilter/><cpix:KeyPeriodFilter periodId=\"none\"/>", "Malformed encryption contract")]
    [InlineData("intendedTrackType=\"VIDEO\"", "", "Malformed encryption contract")]
    [InlineData("intendedTrackType=\"VIDEO\"", "intendedTrackType=\"\"", "Malformed encryption contract")]
    [InlineData("intendedTrackType=\"VIDEO\"", "intendedTrackType=\"AUDIO\"", "Malformed encryption contract")]
    [InlineData("intendedTrackType=\"VIDEO\"", "intendedTrackType=\"ALL\"", "Malformed encryption contract")]
    [InlineData("intendedTrackType=\"VIDEO\"", "intendedTrackType=\"SD+\"", "Malformed encryption contract")]
    [InlineData("intendedTrackType=\"VIDEO\"", "intendedTrackType=\"HDR+HFR+UHD\"", null)]
    [InlineData("intendedTrackType=\"VIDEO\"", "intendedTrackType=\"my own name\"", null)]
    [InlineData("playlist=\"master\"", "playlist=\"media\"", "Malformed encryption contract")]
    [InlineData("playlist=\"master\"", "playlist=\"other\"", "Malformed encryption contract")]
    [InlineData("<cpix:ContentKey kid=\"00000001-1111-4111-8111-111111111111\"", "<cpix:ContentKey ", "Malformed encryption contract")]
    [InlineData("<cpix:ContentKeyUsageRule kid=\"00000001-1111-4111-8111-111111111111\"", "<cpix:ContentKeyUsageRule kid=\"00000000-1111-4111-8111-111111111111\"", "Malformed encryption contract")]
    [InlineData("<cpix:ContentKeyUsageRule kid=\"00000001-1111-4111-8111-111111111111\"", "<cpix:ContentKeyUsageRule kid=\"99999999-1111-4111-8111-111111111111\"", "Malformed encryption contract")]
    [InlineData(" systemId=\"edef8ba9-79d6-4ace-a3c8-27dcd51d21ed\"", "", "Malformed encryption contract")]
    [InlineData("</cpix:CPIX>", "", "Malformed encryption contract")]
    [InlineData("<?xml version='1.0' encoding='utf-8'?>", "<!DOCTYPE a>", "Malformed encryption contract")]
    public void Broken_contracts_have_the_prescribed_message(string good, string bad, string? message)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var request = Good.Replace(good, bad, StringComparison.Ordinal);
        if (message is null)
        {
            Assert.Equal(2, Parse(request).Keys.Count);
            return;
        }

        var refused = Assert.Throws<SpekeException>(() => Parse(request));
        Assert.Equal((422, message), (refused.Status, refused.Message));
    }

    [Theory]
    [InlineData("ContentKeyList", "Malformed encryption contract")]
    [InlineData("DRMSystemList", "Malformed encryption contract")]
    [InlineData("ContentKeyUsageRuleList", "Missing CPIX encryption contract")]
    [InlineData("ContentKey", "Malformed encryption contract")]
    [InlineData("DRMSystem", "Malformed encryption contract")]
    [InlineData("ContentKeyUsageRule", "Missing CPIX encryption contract")]
    public void Missing_and_empty_lists_are_refused(string element, string message)
    {
        var document = System.Xml.Linq.XDocument.Parse(Good);
        document.Descendants().Where(e => e.Name.LocalName == element).ToList().ForEach(e => e.Remove());
        Assert.Equal(message, Assert.Throws<SpekeException>(() => Parse(document.ToString())).Message);
    }

    [Fact]
    public void Without_any_filter_the_contract_is_missing_and_without_a_body_it_is_malformed()
    {
        var document = System.Xml.Linq.XDocument.Parse(Good);
        document.Descendants().Where(e => e.Name.LocalName is "VideoFilter" or "AudioFilter").ToList().ForEach(e => e.Remove());
        Assert.Equal("Missing CPIX encryption contract", Assert.Throws<SpekeException>(() => Parse(document.ToString())).Message);
        Assert.Equal("Malformed encryption contract", Assert.Throws<SpekeException>(() => Parse("")).Message);
        var small = CpixLimits.Default with { MaxBytes = 1024 };
        Assert.Equal(413, Assert.Throws<SpekeException>(() => SpekeV2Contract.Parse(Encoding.UTF8.GetBytes(Good), SpekeVersion.V20, small)).Status);
    }

    [Fact]
    public void Rotation_names_a_period_for_every_key()
    {
        const string periods = "<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\" index=\"11425\"/></cpix:ContentKeyPeriodList>";
        var contract = Parse(V2(["VIDEO", "AUDIO"], [Widevine], periods: periods, periodFilter: "<cpix:KeyPeriodFilter periodId=\"p\"/>"));
        Assert.All(contract.Keys, k => Assert.Equal(11425, k.Period!.Index));
        var some = V2(["VIDEO", "AUDIO"], [Widevine], periods: periods).Replace("<cpix:AudioFilter/>", "<cpix:KeyPeriodFilter periodId=\"p\"/><cpix:AudioFilter/>", StringComparison.Ordinal);
        Assert.Equal(SpekeMessages.Malformed, Assert.Throws<SpekeException>(() => Parse(some)).Message);
        var noIndex = V2(["VIDEO"], [Widevine], periods: periods.Replace(" index=\"11425\"", "", StringComparison.Ordinal));
        Assert.Equal(SpekeMessages.Malformed, Assert.Throws<SpekeException>(() => Parse(noIndex)).Message);
    }

    [Fact]
    public void Two_periods_in_one_request_have_a_contract_each()
    {
        const string periods = "<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p0\" index=\"0\"/><cpix:ContentKeyPeriod id=\"p1\" index=\"1\"/></cpix:ContentKeyPeriodList>";
        var request = V2(["VIDEO", "VIDEO"], [Widevine], periods: periods, periodFilter: "<cpix:KeyPeriodFilter periodId=\"p0\"/>");
        Assert.Equal(SpekeMessages.Malformed, Assert.Throws<SpekeException>(() => Parse(request)).Message);
        var last = request.LastIndexOf("\"p0\"", StringComparison.Ordinal);
        var contract = Parse(request[..last] + "\"p1\"" + request[(last + 4)..]);
        Assert.Equal([0L, 1L], contract.Keys.Select(k => k.Period!.Index!.Value));
    }

    [Theory]
    [InlineData("index=\"1\" start=\"2026-01-01T00:00:00Z\" end=\"2026-01-01T00:05:00Z\"", true)]
    [InlineData("start=\"2026-01-01T00:00:00Z\" end=\"2026-01-01T00:05:00Z\"", true)]
    [InlineData("startOffset=\"PT0S\" endOffset=\"PT300S\"", true)]
    [InlineData("start=\"2026-01-01T00:05:00Z\" end=\"2026-01-01T00:00:00Z\"", false)]
    [InlineData("index=\"1\" start=\"2026-01-01T00:05:00Z\" end=\"2026-01-01T00:00:00Z\"", false)]
    [InlineData("", false)]
    public void Version_2_1_names_periods_by_time(string attributes, bool isGood)
    {
        var request = V2(["VIDEO"], [Widevine], version: "2.4", periods: $"<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\" {attributes}/></cpix:ContentKeyPeriodList>", periodFilter: "<cpix:KeyPeriodFilter periodId=\"p\"/>");
        if (isGood) Assert.NotNull(Parse(request, SpekeVersion.V21).Keys[0].Period);
        else Assert.Equal(SpekeMessages.Malformed, Assert.Throws<SpekeException>(() => Parse(request, SpekeVersion.V21)).Message);
        Assert.Equal(SpekeMessages.UnsupportedVersion, Assert.Throws<SpekeException>(() => Parse(request)).Message);
    }

    [Theory]
    [InlineData("SAMPLE-AES", FairPlay, true)]
    [InlineData("SAMPLE-AES-CTR", PlayReady, true)]
    [InlineData("AES-128", Aes128, true)]
    [InlineData("AES-128", Widevine, false)]
    [InlineData("SAMPLE-AES-CTR", FairPlay, false)]
    [InlineData("cenc", FairPlay, false)]
    [InlineData("cbc1", Aes128, true)]
    [InlineData("cbc1", PlayReady, false)]
    public void Schemes_fit_systems_or_not(string scheme, string system, bool fits)
    {
        var request = V2(["VIDEO"], [system], scheme, "2.4");
        if (fits) Assert.Equal(scheme, Parse(request, SpekeVersion.V21).Scheme);
        else Assert.Equal($"ContentKey@commonEncryptionScheme non compatible with DRMSystem {system}", Assert.Throws<SpekeException>(() => Parse(request, SpekeVersion.V21)).Message);
    }

    [Fact]
    public void Every_preset_makes_rules_that_are_accepted()
    {
        foreach (var (video, audio) in new[] { (1, 1), (2, 2), (3, 3), (4, 1), (5, 3), (6, 2), (7, 1), (8, 2) })
        {
            var document = CpixDocument.Create("2.3", "movie");
            var types = SpekePresets.FindPreset($"PRESET-VIDEO-{video}")!.Concat(SpekePresets.FindPreset($"PRESET-AUDIO-{audio}")!).ToList();
            for (var i = 0; i < types.Count; i++)
            {
                var kid = DrmHub.Cenc.KeyId.Parse(Kid(i));
                document.AddContentKey(kid).CommonEncryptionScheme = "cenc";
                document.AddDrmSystem(DrmHub.Cenc.DrmSystemIds.Widevine, kid);
                SpekePresets.AddFilters(document.AddUsageRule(kid), types[i]);
            }

            Assert.Equal(types, SpekeV2Contract.Parse(document.Save(), SpekeVersion.V20).Keys.Select(k => k.TrackType));
        }

        Assert.Equal(["ALL"], SpekePresets.FindPreset("SHARED"));
        Assert.Empty(SpekePresets.FindPreset("UNENCRYPTED")!);
        Assert.Null(SpekePresets.FindPreset("PRESET-VIDEO-9"));
        var rule = CpixDocument.Create("2.3").AddUsageRule(DrmHub.Cenc.KeyId.Parse(Kid(0)));
        Assert.Throws<ArgumentException>(() => SpekePresets.AddFilters(rule, "mine"));
    }
}
