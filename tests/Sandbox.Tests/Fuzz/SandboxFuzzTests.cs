using System.Diagnostics;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Devices.PlayReady;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Sandbox.LicenseServices.FairPlay;
using DrmHub.Sandbox.LicenseServices.Faults;
using DrmHub.Sandbox.LicenseServices.PlayReady;
using DrmHub.Sandbox.LicenseServices.Widevine;
using DrmHub.Sandbox.Tests.Widevine;
using DrmHub.Sandbox.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DrmHub.Sandbox.Tests.Fuzz;

/// <summary>Everything here that reads outside bytes answers or throws a <see cref="SandboxException"/>, whatever the bytes. DRMHUB_FUZZ_SECONDS sets how long (default 5).</summary>
public sealed class SandboxFuzzTests
{
    private static readonly KeyId Kid = KeyId.Parse("a2c786d0-f9ef-4cb3-b333-cd323a4284a5");
    private static readonly LicenseWish Wish = new() { KeyIds = [Kid], ContentId = "demo-title" };

    private readonly WidevineLicenseService _widevine = new(Options.Create(new SandboxOptions()), TimeProvider.System, NullLogger<WidevineLicenseService>.Instance);
    private readonly KsmService _ksm = new(NullLogger<KsmService>.Instance);
    private readonly PlayReadyLicenseService _playReady = new(NullLogger<PlayReadyLicenseService>.Instance);

    [Fact]
    public void Hostile_bytes_are_answered_or_refused()
    {
        using var widevine = new WidevineDevice(WidevineLevel.L3, "fuzz");
        using var fairPlay = new FairPlayDevice(FairPlayLevel.Main);
        using var playReady = new PlayReadyDevice(PlayReadyLevel.SL2000);
        var (wvAsk, fpAsk, prAsk) = (widevine.Ask(Wish), fairPlay.Ask(Wish with { ContentId = null }), playReady.Ask(Wish));
        (byte[] Seed, Action<byte[]> Target)[] targets =
        [
            (wvAsk.Body, bytes => AskWidevine(bytes)),
            (wvAsk.Body, bytes => ReadRequest(bytes)),
            (Encoding.UTF8.GetBytes(WidevineCaller.Envelope(WidevineCaller.Message(wvAsk.Body, WidevineCaller.Spec("SD", 1))).ToJsonString()), bytes => _widevine.Answer("widevine_test", bytes, Fault.None)),
            (AskWidevine(wvAsk.Body), bytes => wvAsk.Open(bytes)),
            (WidevineServiceCertificate.Answer, bytes => widevine.UseServiceCertificate(bytes)),
            (EntitlementTests.Media(), bytes => WidevinePssh.ReadBoxes(bytes)),
            (fpAsk.Body, bytes => SpcRequest.Open(bytes)),
            (Encoding.UTF8.GetBytes("""{"fairplay-streaming-request":{"get-client-info":[{"id":1,"spc":"SPC"}]}}""".Replace("SPC", Convert.ToBase64String(fpAsk.Body), StringComparison.Ordinal)), bytes => _ksm.Answer(bytes, Fault.None)),
            (Tllv.Create(1, [2UL]).Raw.ToArray(), bytes => Tllv.ParseAll(bytes)),
            (CkcFor(fpAsk.Body), bytes => fpAsk.Open(bytes)),
            (prAsk.Body, bytes => AskPlayReady(bytes)),
            (AskPlayReady(prAsk.Body), bytes => prAsk.Open(bytes)),
            (Encoding.UTF8.GetBytes("(kid:header,sl:3000,contentkey:AAAAAAAAAAAAAAAAAAAAAA==,begindate:20260601,enddate:20260602,dvop:(guid:ABB2C6F1-E663-4625-A945-972D17B231E7,data:AAAAAQ==),maxres:1920x1080)"), bytes => PlayReadyPolicy.Parse(Encoding.UTF8.GetString(bytes), [Kid])),
            (Encoding.UTF8.GetBytes(PlayReady.PolicyHeaderTests.Vector()), bytes => OpenPolicy(Encoding.UTF8.GetString(bytes))),
            (Encoding.UTF8.GetBytes("latency:100,status:503,half"), bytes => Assert.Equal(Fault.TryParse(Encoding.UTF8.GetString(bytes), out var fault), fault is not null)),
        ];
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "5", System.Globalization.CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        var (runs, refused) = (0L, 0L);
        for (; watch.Elapsed.TotalSeconds < seconds; runs++)
        {
            var (bytes, target) = targets[runs % targets.Length];
            var mutated = Mutate(bytes, random);
            try
            {
                target(mutated);
            }
            catch (SandboxException exception)
            {
                refused++;
                Assert.NotEmpty(exception.Message);
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, run {runs}, target {runs % targets.Length}: {exception}\n{Convert.ToHexString(mutated)}");
            }
        }

        Assert.True(refused > runs / 10, $"{refused} of {runs} inputs were refused: the mutations miss the point.");
    }

    private byte[] AskWidevine(byte[] payload)
    {
        var envelope = WidevineCaller.Envelope(WidevineCaller.Message(payload, WidevineCaller.Spec("SD", 1)));
        var answer = System.Text.Json.Nodes.JsonNode.Parse(_widevine.Answer("widevine_test", Encoding.UTF8.GetBytes(envelope.ToJsonString()), Fault.None).Body)!;
        return (string?)answer["license"] is { } license ? Convert.FromBase64String(license) : throw new SandboxException(SandboxFailure.Refused, (string)answer["status_message"]!);
    }

    private static void ReadRequest(byte[] bytes) => WidevineRequest.Read(ProtoMessage.Parse(bytes, "SignedMessage"), _ => new byte[32]);

    private byte[] AskPlayReady(byte[] soap) => _playReady.Answer(PlayReadyNames.AcquireLicense, soap, Fault.None, request => PlayReadyPolicy.Default(request.KeyIds)).Body;

    private static void OpenPolicy(string header) =>
        new PolicyHeader(TimeProvider.System).Open(header, new SandboxOptions().PlayReadyPolicyKeys, "<soap:Envelope/>"u8, [Kid]);

    private static byte[] CkcFor(byte[] spc) => CkcWriter.Write(SpcRequest.Open(spc), new KsmAsset { ContentKey = new string('1', 32), ContentIv = new string('2', 32), HdcpType = 1, LeaseDuration = 60 });

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var list = bytes.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            switch (random.Next(5))
            {
                case 0 when list.Count > 0: list[random.Next(list.Count)] ^= (byte)(1 << random.Next(8)); break;
                case 1 when list.Count > 0: list[random.Next(list.Count)] = (byte)random.Next(256); break;
                case 2 when list.Count > 0: list.RemoveAt(random.Next(list.Count)); break;
                case 3: list.Insert(random.Next(list.Count + 1), (byte)random.Next(256)); break;
                case 4 when list.Count > 4: list = list[..random.Next(list.Count)]; break;
            }
        }

        return [.. list];
    }
}
