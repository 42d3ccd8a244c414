using System.Net;
using System.Text;
using System.Xml.Linq;
using DrmHub.KeyService.Cpix;
using static DrmHub.KeyService.Tests.Speke.SpekeRequests;

namespace DrmHub.KeyService.Tests.Speke;

/// <summary>What v2.1 lets a key server announce, over the route: filled where it is asked for, by what the key protects.</summary>
public sealed class SpekeOutputRulesTests
{
    [Fact]
    public async Task Hdcp_robustness_and_allowed_devices_follow_what_a_key_protects()
    {
        await using var door = await KeyDoor.OpenAsync();
        var request = V2(["SD", "HD", "UHD", "AUDIO"], [Widevine, PlayReady, FairPlay], version: "2.4")
            .Replace("commonEncryptionScheme=\"cbcs\" />", "commonEncryptionScheme=\"cbcs\"><cpix:HDCPData HLSHDCPLevel=\"\"><cpix:HDCPOutputProtectionData/></cpix:HDCPData></cpix:ContentKey>", StringComparison.Ordinal)
            .Replace("<cpix:VideoFilter minPixels=\"589825\"/>", "<cpix:VideoFilter minPixels=\"589825\" maxPixels=\"2073600\"/>", StringComparison.Ordinal)
            .Replace("<cpix:DRMSystem ", "<cpix:DRMSystem HLSAllowedCPC=\"\" ", StringComparison.Ordinal)
            .Replace("<cpix:ContentProtectionData ", "<cpix:ContentProtectionData robustness=\"\" ", StringComparison.Ordinal);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/speke/v2.0/copyProtection") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(request)) };
        message.Headers.Add("X-Speke-Version", "2.1");
        using var response = await door.Http.SendAsync(message);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = CpixDocument.Load(await response.Content.ReadAsByteArrayAsync());

        Assert.Equal(["NONE", "TYPE-0", "TYPE-1", "NONE"], answer.ContentKeys.Select(key => key.HlsHdcpLevel));
        Assert.Equal([null, "1.0", "2.2", null], answer.ContentKeys.Select(key => key.HdcpOutputProtectionData is { } data ? (string?)XElement.Parse(Encoding.UTF8.GetString(data)).Attribute("value") : null));
        Assert.Equal(["SW_SECURE_CRYPTO", "HW_SECURE_CRYPTO", "HW_SECURE_ALL", "SW_SECURE_CRYPTO"], Of(answer, Widevine, system => system.Robustness));
        Assert.Equal(["2000", "3000", "3000", "2000"], Of(answer, PlayReady, system => system.Robustness));
        Assert.Equal([null, null, null, null], Of(answer, FairPlay, system => system.Robustness));
        Assert.Equal(["Baseline", "Baseline", "Main", "Baseline"], Of(answer, FairPlay, system => system.HlsAllowedCpc!["com.apple.streamingkeydelivery:Apple".Length..]));
        Assert.Equal(["com.microsoft.playready:2000", "com.microsoft.playready:3000"], Of(answer, PlayReady, system => system.HlsAllowedCpc).Take(2));
    }

    private static IEnumerable<string?> Of(CpixDocument answer, string systemId, Func<CpixDrmSystem, string?> value) =>
        answer.DrmSystems.Where(system => system.SystemId == Guid.Parse(systemId)).Select(value);
}
