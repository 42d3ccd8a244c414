using System.Net;
using System.Text;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Speke;
using static DrmHub.KeyService.Tests.Speke.SpekeRequests;

namespace DrmHub.KeyService.Tests.Speke;

/// <summary>Every pair of a video and an audio preset on every choice of systems, over the route, with a period and without.</summary>
public sealed class SpekePresetMatrixTests
{
    private static readonly string[] Video = ["PRESET-VIDEO-1", "PRESET-VIDEO-2", "PRESET-VIDEO-3", "PRESET-VIDEO-4", "PRESET-VIDEO-5", "PRESET-VIDEO-6", "PRESET-VIDEO-7", "PRESET-VIDEO-8", "UNENCRYPTED"];
    private static readonly string[] Audio = ["PRESET-AUDIO-1", "PRESET-AUDIO-2", "PRESET-AUDIO-3", "UNENCRYPTED"];
    private static readonly string[][] Systems = [[Widevine], [PlayReady], [FairPlay], [Widevine, PlayReady], [Widevine, FairPlay], [PlayReady, FairPlay], [Widevine, PlayReady, FairPlay]];

    [Fact]
    public async Task Every_answer_is_whole_stays_the_same_and_keeps_the_contract()
    {
        await using var door = await KeyDoor.OpenAsync();
        var number = 0;
        foreach (var video in Video)
        {
            foreach (var audio in Audio)
            {
                string[] tracks = [.. SpekePresets.FindPreset(video)!, .. SpekePresets.FindPreset(audio)!];
                if (tracks.Length == 0) continue;
                var systems = Systems[number % Systems.Length];
                var request = new SpekeRequest
                {
                    ContentId = $"matrix-{number}",
                    Scheme = systems.Contains(FairPlay) ? "cbcs" : "cenc",
                    Keys = [.. tracks.Select((track, i) => (track, KeyId.Parse($"{number:x4}{i:x4}-1111-4111-8111-111111111111")))],
                    Systems = [.. systems.Select(Guid.Parse)],
                    PeriodIndex = number % 2 == 0 ? number : null,
                }.ToDocument();
                if (number++ % 3 == 0)
                {
                    foreach (var system in request.DrmSystems.Where(system => system.System == DrmSystem.FairPlay)) system.AskFor("PSSH"); // As a real encryptor does.
                }

                var body = request.Save();
                var (first, second) = (await PostAsync(door, body), await PostAsync(door, body));
                Assert.Equal(first, second);
                Check(CpixDocument.Load(body), CpixDocument.Load(first));
                Assert.Equal(Contract(body), Contract(first));
            }
        }

        Assert.Equal(35, number);
    }

    private static void Check(CpixDocument request, CpixDocument answer)
    {
        Assert.Equal(request.ContentKeys.Select(key => (key.Kid, key.CommonEncryptionScheme)), answer.ContentKeys.Select(key => (key.Kid, key.CommonEncryptionScheme)));
        Assert.All(answer.ContentKeys, key => Assert.Equal((16, 16), (key.GetKeyBytes()!.Length, key.ExplicitIV!.Length)));
        Assert.Equal(request.DrmSystems.Select(system => (system.Kid, system.SystemId)), answer.DrmSystems.Select(system => (system.Kid, system.SystemId)));
        foreach (var system in answer.DrmSystems)
        {
            Assert.Equal(["#EXT-X-KEY:METHOD=", "#EXT-X-SESSION-KEY:METHOD="], system.HlsSignaling.Select(hls => hls.Text![..(hls.Text!.IndexOf('=', StringComparison.Ordinal) + 1)]));
            Assert.Equal(system.HlsSignaling[0].Text!["#EXT-X-KEY:".Length..], system.HlsSignaling[1].Text!["#EXT-X-SESSION-KEY:".Length..]);
            Assert.Equal(system.System == DrmSystem.FairPlay, !system.Has("PSSH") && !system.Has("ContentProtectionData"));
            if (system.System == DrmSystem.FairPlay) continue;
            var signalled = XElement.Parse($"<a>{Encoding.UTF8.GetString(system.ContentProtectionData!)}</a>").Elements().ToList();
            Assert.Equal(Convert.ToBase64String(system.Pssh!), signalled[0].Value);
            Assert.Equal(system.System == DrmSystem.PlayReady ? 2 : 1, signalled.Count);
        }
    }

    private static string Contract(byte[] document)
    {
        var root = XElement.Parse(Encoding.UTF8.GetString(document));
        return string.Concat(root.Elements().Where(list => list.Name.LocalName is "ContentKeyPeriodList" or "ContentKeyUsageRuleList").Select(list => list.ToString(SaveOptions.DisableFormatting)));
    }

    private static async Task<byte[]> PostAsync(KeyDoor door, byte[] body)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/speke/v2.0/copyProtection") { Content = new ByteArrayContent(body) };
        message.Headers.Add("X-Speke-Version", "2.0");
        using var response = await door.Http.SendAsync(message);
        var answer = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, Encoding.UTF8.GetString(answer));
        return answer;
    }
}
