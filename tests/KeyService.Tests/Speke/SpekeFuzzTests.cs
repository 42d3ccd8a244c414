using System.Diagnostics;
using System.Text;
using DrmHub.KeyService.Speke;
using DrmHub.KeyService.Tests.Cpix;
using static DrmHub.KeyService.Tests.Speke.SpekeRequests;

namespace DrmHub.KeyService.Tests.Speke;

/// <summary>Mutated requests are answered or refused with a <see cref="SpekeException"/>. DRMHUB_FUZZ_SECONDS sets how long (default 5).</summary>
public sealed class SpekeFuzzTests
{
    private static readonly string[] Tokens =
        ["ALL", "SD", "AUDIO", "+", "cenc", "cbc1", "0", "-1", "p", "", "x", "media", Widevine, PlayReady, FairPlay, Aes128, Kid(0), Kid(1), "2.3", "2.4", "99999999999999999999"];

    [Fact]
    public void Mutated_requests_are_answered_or_refused()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "5", System.Globalization.CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        const string periods = "<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id=\"p\" index=\"1\"/><cpix:ContentKeyPeriod id=\"q\" index=\"2\"/></cpix:ContentKeyPeriodList>";
        var corpus = new List<string>
        {
            V2(["SD", "HD", "STEREO_AUDIO"], [Widevine, PlayReady, FairPlay]), V2(["ALL"], [Widevine], "cenc"), V2(["VIDEO"], [Aes128], "cbc1"),
            V2(["VIDEO", "AUDIO"], [Widevine], periods: periods, periodFilter: "<cpix:KeyPeriodFilter periodId=\"p\"/>"), V2(["VIDEO", "AUDIO"], [Widevine], version: "2.4"),
        };
        corpus.AddRange(CpixVectors.All().Where(f => f.StartsWith("speke", StringComparison.Ordinal)).Select(f => Encoding.UTF8.GetString(CpixVectors.Read(f.Split('/'))).TrimStart('\uFEFF')));
        var watch = Stopwatch.StartNew();
        var (answered, runs) = (0, 0L);
        for (; watch.Elapsed.TotalSeconds < seconds; runs++)
        {
            var request = Mutate(corpus[random.Next(corpus.Count)], random);
            try
            {
                if (Exercise(Encoding.UTF8.GetBytes(request), random.Next(3))) answered++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {e}\n{request}");
            }
        }

        Assert.True(answered > 0 && answered < runs, $"{answered} of {runs} requests were answered: the mutations miss the point.");
    }

    private static bool Exercise(byte[] body, int version)
    {
        try
        {
            var contract = version == 2 ? SpekeV1Contract.Parse(body) : SpekeV2Contract.Parse(body, (SpekeVersion)version);
            var answers = Answers(contract);
            Load(version == 2 ? SpekeFiller.FillV1(contract, answers) : SpekeFiller.FillV2(contract, answers));
            return true;
        }
        catch (SpekeException e)
        {
            Assert.InRange(e.Status, 400, 499);
            Assert.NotEmpty(e.Message);
            return false;
        }
    }

    private static string Mutate(string text, Random random)
    {
        for (var n = random.Next(1, 3); n > 0; n--)
        {
            var quote = text.IndexOf('"', random.Next(text.Length));
            var end = quote < 0 ? -1 : text.IndexOf('"', quote + 1);
            switch (random.Next(4))
            {
                case 0 when end > 0: text = text[..(quote + 1)] + Tokens[random.Next(Tokens.Length)] + text[end..]; break;
                case 1:
                    var open = text.IndexOf("<cpix:", random.Next(text.Length), StringComparison.Ordinal);
                    var close = open < 0 ? -1 : text.IndexOf("/>", open, StringComparison.Ordinal);
                    if (close > 0 && close - open < 300) text = random.Next(2) == 0 ? text.Remove(open, close + 2 - open) : text.Insert(open, text[open..(close + 2)]);
                    break;
                case 2: text = text.Remove(random.Next(text.Length), 1); break;
                default: text = text.Insert(random.Next(text.Length), Tokens[random.Next(Tokens.Length)]); break;
            }
        }

        return text;
    }
}
