using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Speke;

namespace DrmHub.KeyService.Tests.Speke;

/// <summary>Requests in the form that encryptors send them, and answers for them.</summary>
internal static class SpekeRequests
{
    public const string Widevine = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed";
    public const string PlayReady = "9a04f079-9840-4286-ab92-e65be0885f95";
    public const string FairPlay = "94ce86fb-07ff-4f43-adb8-93d2fa968ca2";
    public const string Aes128 = "3ea8778f-7742-4bf9-b18b-e834b2acbd47";

    public static string Kid(int n) => $"{n:x8}-1111-4111-8111-111111111111";

    public static string Filter(string type) => type switch
    {
        "ALL" => "<cpix:VideoFilter/><cpix:AudioFilter/>",
        "AUDIO" => "<cpix:AudioFilter/>",
        "STEREO_AUDIO" => "<cpix:AudioFilter maxChannels=\"2\"/>",
        "MULTICHANNEL_AUDIO" => "<cpix:AudioFilter minChannels=\"3\"/>",
        "SD" => "<cpix:VideoFilter maxPixels=\"589824\"/>",
        "HD" => "<cpix:VideoFilter minPixels=\"589825\"/>",
        "UHD" => "<cpix:VideoFilter minPixels=\"2073601\"/>",
        "SD+HD1" => "<cpix:VideoFilter maxPixels=\"921600\"/>",
        _ => "<cpix:VideoFilter/>",
    };

    /// <summary>A v2 request with a key for each type, on each system.</summary>
    public static string V2(string[] types, string[] systems, string scheme = "cbcs", string version = "2.3", string? extra = null, string periods = "", string periodFilter = "")
    {
        var text = new StringBuilder($"<?xml version='1.0' encoding='utf-8'?>\n<cpix:CPIX xmlns:cpix=\"urn:dashif:org:cpix\" contentId=\"movie\" version=\"{version}\" xmlns:pksc=\"urn:ietf:params:xml:ns:keyprov:pskc\">\n{extra}<cpix:ContentKeyList>");
        for (var i = 0; i < types.Length; i++) text.Append($"<cpix:ContentKey kid=\"{Kid(i)}\" commonEncryptionScheme=\"{scheme}\" />");
        text.Append("</cpix:ContentKeyList><cpix:DRMSystemList>");
        foreach (var system in systems)
        {
            for (var i = 0; i < types.Length; i++)
                text.Append($"<cpix:DRMSystem kid=\"{Kid(i)}\" systemId=\"{system}\"><cpix:PSSH />{(system == FairPlay ? "" : "<cpix:ContentProtectionData />")}<cpix:HLSSignalingData playlist=\"media\" /><cpix:HLSSignalingData playlist=\"master\" /></cpix:DRMSystem>");
        }

        text.Append($"</cpix:DRMSystemList>{periods}<cpix:ContentKeyUsageRuleList>");
        for (var i = 0; i < types.Length; i++) text.Append($"<cpix:ContentKeyUsageRule kid=\"{Kid(i)}\" intendedTrackType=\"{types[i]}\">{periodFilter}{Filter(types[i])}</cpix:ContentKeyUsageRule>");
        return text.Append("</cpix:ContentKeyUsageRuleList></cpix:CPIX>").ToString();
    }

    public static SpekeContract Parse(string request, SpekeVersion version = SpekeVersion.V20) => SpekeV2Contract.Parse(Encoding.UTF8.GetBytes(request), version);

    /// <summary>Answers with keys that tell their place, and signals for every system.</summary>
    public static Dictionary<KeyId, SpekeKeyAnswer> Answers(SpekeContract contract, Func<KeyId, KeyId>? rename = null) => contract.Keys.Select((k, i) => (k, i)).ToDictionary(p => p.k.Kid, p => new SpekeKeyAnswer
    {
        Kid = rename?.Invoke(p.k.Kid) ?? p.k.Kid,
        Key = new ContentKey(KeyBytes(p.i)),
        IV = Enumerable.Repeat((byte)0xEE, 16).ToArray(),
        HlsHdcpLevel = "TYPE-1",
        HdcpOutputProtectionData = [7],
        Signals = p.k.Systems.Select(s => s.SystemId).Distinct().ToDictionary(s => s, s => new SpekeSignals
        {
            Pssh = DrmSystemIds.ToSystem(s) is DrmSystem.FairPlay or DrmSystem.Aes128 ? null : [1, 2, 3],
            ContentProtectionData = DrmSystemIds.ToSystem(s) is DrmSystem.FairPlay or DrmSystem.Aes128 ? null : [4, 5, 6],
            HlsAttributes = "METHOD=SAMPLE-AES,URI=\"x\"",
            PlayReadyObject = DrmSystemIds.ToSystem(s) == DrmSystem.PlayReady ? [8, 9] : null,
            KeyUri = "https://localhost/key?a=1&b=2",
            KeyFormat = "identity",
            KeyFormatVersions = "1",
            Robustness = "3000",
            HlsAllowedCpc = "com.example:A",
        }),
    });

    public static byte[] KeyBytes(int index) => Enumerable.Repeat((byte)(index + 1), 16).ToArray();

    public static CpixDocument Load(byte[] answer) => CpixDocument.Load(answer);
}
