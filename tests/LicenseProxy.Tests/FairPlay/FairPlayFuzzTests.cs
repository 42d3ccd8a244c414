using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Http;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>Mutated requests, containers and payloads are answered or refused with a number. DRMHUB_FUZZ_SECONDS sets how long (default 5).</summary>
public sealed class FairPlayFuzzTests
{
    [Fact]
    public async Task Mutated_spcs_are_answered_or_refused_by_number()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "5", CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await using var module = FairPlayVectors.Module();
        using var key = ContentKey.Random();
        var device = new TestDevice("skd://title?keyId=00112233445566778899aabbccddeeff").Playing().Reporting(TestDevice.Main);
        var payload = device.Payload();
        var containers = FairPlayVectors.All.Select(vector => vector.Bytes).ToList();
        var watch = Stopwatch.StartNew();
        var (answered, runs) = (0, 0);
        for (; watch.Elapsed.TotalSeconds < seconds; runs++)
        {
            // Half of them mutate what is inside, where the parser of elements is; the rest the outside and the request around it.
            var spc = runs % 2 == 0
                ? TestDevice.Seal(1, FairPlayVectors.Certificate(0), FairPlayVectors.PrivateKey(0), RSAEncryptionPadding.OaepSHA1, Whole(Mutate(payload, random)))
                : Mutate(containers[random.Next(containers.Count)], random);
            var body = runs % 3 == 0 ? Mutate([.. "spc="u8, .. System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(spc))], random) : spc;
            try
            {
                foreach (var item in FairPlayReader.Read(null, body).Items)
                {
                    using var opened = await module.OpenAsync(item.Spc, item.AssetUri, default);
                    var ckc = (await ((KeyedSpc)opened).AnswerAsync(key, new byte[16], new CkcTerms { LeaseSeconds = 1 }, default)).Ckc;
                    Assert.InRange(ckc.Length, 28 + 112, SpcContainer.MaxSize + 1024);
                    answered++;
                }
            }
            catch (FairPlayException refused)
            {
                Assert.NotEqual(FairPlayStatus.Ok, refused.Status);
                Assert.NotEmpty(refused.Message);
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {exception}\n{Convert.ToHexString(body)}");
            }
        }

        Assert.True(answered > 0 && answered < runs, $"{answered} of {runs} were answered: the mutations miss the point.");
    }

    private static byte[] Whole(byte[] payload) => payload.Length is > 0 && payload.Length % 16 == 0 ? payload : [.. payload, .. new byte[16 - payload.Length % 16]];

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var mutated = bytes.ToList();
        for (var n = random.Next(0, 3); n > 0 && mutated.Count > 16; n--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(5))
            {
                case 0: mutated[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: mutated[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xff; break;
                case 2: mutated.RemoveRange(at, random.Next(1, mutated.Count - at + 1)); break;
                case 3: mutated.InsertRange(at, mutated.GetRange(at, Math.Min(random.Next(1, 64), mutated.Count - at))); break;
                default:
                    // A length that lies: the four bytes at any element's header.
                    var header = at / 16 * 16 + 8;
                    if (header + 4 <= mutated.Count) for (var i = 0; i < 4; i++) mutated[header + i] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. mutated];
    }
}
