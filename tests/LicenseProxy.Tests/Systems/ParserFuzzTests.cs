using System.Diagnostics;
using System.Globalization;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.LicenseProxy.Systems.PlayReady;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests.Systems;

/// <summary>
/// Mutated bytes through every parser of this project that reads what strangers send: challenges of players, answers of services, sealed tokens. One
/// <see cref="ChallengeException"/> or a verdict, nothing else. DRMHUB_FUZZ_SECONDS sets how long for all together (default 8).
/// </summary>
public sealed class ParserFuzzTests
{
    private const int Targets = 4;
    private static readonly KeyId One = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");
    private static readonly KeyId Two = KeyId.Parse("6f651ae1dbe44434bcb4690d1564c41c");

    private static readonly WidevinePsshData Entitled = new() { Type = WidevinePsshType.EntitledKey, ContentId = "title"u8.ToArray(), EntitledKeys = [new WidevineEntitledKey(One, Two, new byte[16], new byte[16], 32)] };

    [Fact]
    public void Widevine_challenges() => Fuzz(
        [
            WidevineWire.NewRequest([One, Two], "title"),
            WidevineWire.Signed(1, [.. WidevineWire.Bytes(2, WidevineWire.Bytes(1, WidevineWire.Bytes(1, Entitled.ToByteArray()))), .. WidevineWire.Varint(3, 1)]),
            WidevineWire.ExistingRequest(2, [1, 2, 3]), WidevineWire.ExistingRequest(3, null), WidevineWire.CertificateRequest,
            WidevineWire.Signed(1, [.. WidevineWire.Bytes(1, WidevineWire.Bytes(3, [.. WidevineWire.Bytes(1, "model_name"u8.ToArray()), .. WidevineWire.Bytes(2, "x"u8.ToArray())])), .. WidevineWire.Bytes(2, WidevineWire.Bytes(4, [.. WidevineWire.Varint(1, 1), .. WidevineWire.Bytes(2, [0, 0, 0, 8])]))]),
        ],
        bytes =>
        {
            var challenge = WidevineChallenge.Parse(bytes);
            Assert.True(challenge.KeyIds.Count <= WidevineChallenge.MaxKeyIds);
        });

    [Fact]
    public void PlayReady_challenges() => Fuzz(
        [
            .. new[] { "4.0.0.0", "4.1.0.0", "4.2.0.0", "4.3.0.0" }.Select(version => Encoding.UTF8.GetBytes(PlayReadyWire.Challenge(PlayReadyWire.Header(version, One, Two)))),
            PlayReadyWire.KeyMessage(PlayReadyWire.Challenge(PlayReadyWire.Header("4.2.0.0", One))), Encoding.UTF8.GetBytes(PlayReadyWire.Operation("JoinDomain")),
        ],
        bytes =>
        {
            var challenge = PlayReadyChallenge.Parse(bytes, null);
            Assert.True(challenge.Operation != PlayReadyOperation.AcquireLicense || challenge.KeyIds.Count is > 0 and <= PlayReadyChallenge.MaxKeyIds);
        });

    [Fact]
    public void Answers_of_services()
    {
        using var empty = new HttpResponseMessage();
        Fuzz(
            [
                """{"status":"OK","license":"CAISAA==","security_level":1,"drm_cert_serial_number":"AQI=","pssh_data":{"key_id":["q7onHovPVSu9LoakNKml2Q=="],"content_id":"YQ=="},"license_metadata":{"content_id":"YQ=="}}"""u8.ToArray(),
                """{"status":"DEVICE_REVOKED","internal_status":"127"}"""u8.ToArray(), Encoding.UTF8.GetBytes(PlayReadyWire.Answer("AcquireLicense")), Encoding.UTF8.GetBytes(PlayReadyWire.Fault(0x8004C065)), """{"license":"CAIS"}"""u8.ToArray(),
            ],
            bytes =>
            {
                var response = new UpstreamResponse(bytes.Length % 3 == 0 ? 500 : 200, "text/xml", bytes, empty.Headers);
                var widevine = WidevineReply.Read(response, WidevineMessageType.License);
                var playReady = PlayReadyAnswer.Read(response, PlayReadyOperation.AcquireLicense);
                if (widevine.Failure == UpstreamFailure.None) Assert.False(widevine.Answer!.License.IsEmpty);
                if (playReady.Failure == UpstreamFailure.None) Assert.NotNull(playReady.Answer);
                if (widevine.Failure != UpstreamFailure.None && playReady.Failure != UpstreamFailure.None) throw new ChallengeException(ReasonCodes.ChallengeMalformed, "");
            });
    }

    [Fact]
    public void Session_tokens()
    {
        var key = new byte[WidevineSessionToken.KeySize];
        Fuzz([new WidevineSessionToken("title", [One, Two], SecurityLevel.Hardware, OfEntitlements: false).Seal(key), new WidevineSessionToken("title", [One, Two], SecurityLevel.Hardware, OfEntitlements: true).Seal(key)], bytes =>
        {
            if (WidevineSessionToken.Open(bytes, key) is null) throw new ChallengeException(ReasonCodes.ChallengeMalformed, "");
        });
    }

    private static void Fuzz(byte[][] seeds, Action<byte[]> target)
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "8", CultureInfo.InvariantCulture) / Targets;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        long runs = 0, read = 0;
        foreach (var each in seeds) Try(each);
        while (watch.Elapsed.TotalSeconds < seconds) Try(Mutate(seeds[random.Next(seeds.Length)], seeds, random));
        Assert.True(read > 0 && read < runs, $"{read} of {runs} inputs were read: the mutations miss the point.");

        void Try(byte[] bytes)
        {
            runs++;
            try
            {
                target(bytes);
                read++;
            }
            catch (ChallengeException)
            {
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {exception}\n{Convert.ToBase64String(bytes)}");
            }
        }
    }

    private static byte[] Mutate(byte[] seed, byte[][] seeds, Random random)
    {
        var bytes = new List<byte>(seed);
        for (var steps = random.Next(1, 5); steps > 0; steps--)
        {
            var at = bytes.Count == 0 ? 0 : random.Next(bytes.Count);
            switch (random.Next(8))
            {
                case 0 when bytes.Count > 0: bytes[at] = (byte)random.Next(256); break;
                case 1 when bytes.Count > 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2 when bytes.Count > 0: bytes.RemoveRange(at, random.Next(1, Math.Min(16, bytes.Count - at) + 1)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, random.Next(0, Math.Min(200, bytes.Count - at) + 1))); break;
                case 4: bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 40))); break;
                case 5 when bytes.Count > 0: bytes.RemoveRange(at, bytes.Count - at); break;
                case 6: bytes.AddRange(seeds[random.Next(seeds.Length)]); break;
                default:
                    var other = seeds[random.Next(seeds.Length)];
                    var from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..(from + random.Next(1, Math.Min(60, other.Length - from) + 1))]);
                    break;
            }
        }

        return [.. bytes];
    }
}
