using System.Diagnostics;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.Benchmarks.Rights;

/// <summary>
/// Decisions a second on one thread: a subscriber with three plans, a title with twenty deals, a licence for audio, SD and HD. Beside it in
/// alternating rounds the peer: SHA-256 of 64 bytes, whose rate says how much of a core the machine gave.
/// </summary>
internal static class DecisionBenchmark
{
    private const int Rounds = 7;
    private const int Batch = 200_000;
    private const long Now = 1_780_000_000_000;

    public static int Run()
    {
        var (rights, subscriber) = MakeWorld();
        var request = new DecisionRequest
        {
            ContentId = "title-77",
            Keys =
            [
                new RequestedKey(KeyId.Parse("00000000000000000000000000000001"), TrackType.Audio, null),
                new RequestedKey(KeyId.Parse("00000000000000000000000000000002"), TrackType.SD, TrackTypes.MaxSDPixels),
                new RequestedKey(KeyId.Parse("00000000000000000000000000000003"), TrackType.HD, TrackTypes.MaxHDPixels),
            ],
            Level = SecurityLevel.HardwareCrypto,
            NowMs = Now,
            Country = "IN",
        };
        var decision = Entitlement.Decide(request, rights, subscriber, DevicePolicy.Default);
        if (!decision.Granted || rights.DealsFor(request.ContentId).Count != 20) throw new InvalidOperationException("The world of the benchmark is not what it should be.");
        Console.WriteLine($"{rights.Deals.Count} deals, 20 for the title; {subscriber.Subscriptions.Count} plans; granted under {string.Join(", ", decision.Deals)}");
        Print("decisions", Measure(() => Entitlement.Decide(request, rights, subscriber, DevicePolicy.Default).Keys.Count));
        var capped = request with { Level = SecurityLevel.Software };
        if (Entitlement.Decide(capped, rights, subscriber, DevicePolicy.Default) is not { Granted: true } some || some.Keys[2].Granted) throw new InvalidOperationException("HD should be withheld.");
        Print("HD withheld: all looked at", Measure(() => Entitlement.Decide(capped, rights, subscriber, DevicePolicy.Default).Keys.Count));
        var traced = request with { WithTrace = true };
        Print("decisions with trace", Measure(() => Entitlement.Decide(traced, rights, subscriber, DevicePolicy.Default).Keys.Count));
        var nobody = new Subscriber { Id = "nobody" };
        Print("refusals", Measure(() => Entitlement.Decide(request, rights, nobody, DevicePolicy.Default).Keys.Count));
        return 0;
    }

    private static void Print(string name, (double PerSecond, double PerProcessorSecond, double Peer) figure) =>
        Console.WriteLine($"{name,-26} {figure.PerSecond,12:N0}/s  {figure.PerProcessorSecond,12:N0} per second of processor time  {figure.PerProcessorSecond / figure.Peer,6:F3} × SHA-256 of 64 bytes ({figure.Peer:N0})");

    /// <summary>Medians of the rounds.</summary>
    private static (double PerSecond, double PerProcessorSecond, double Peer) Measure(Func<int> decide)
    {
        var block = new byte[64];
        var hash = new byte[32];
        var (wall, processor, peer) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var ours = Time(() => decide());
            var theirs = Time(() => System.Security.Cryptography.SHA256.HashData(block, hash));
            if (round == 0) continue; // Warm-up.
            wall.Add(ours.Wall);
            processor.Add(ours.Processor);
            peer.Add(theirs.Processor);
        }

        return (Median(wall), Median(processor), Median(peer));
    }

    private static (double Wall, double Processor) Time(Func<int> action)
    {
        var watch = Stopwatch.StartNew();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        for (var i = 0; i < Batch; i++) action();
        var used = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        return (Batch / watch.Elapsed.TotalSeconds, Batch / used);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static (RightsSnapshot Rights, Subscriber Subscriber) MakeWorld()
    {
        string[] worlds = ["IN", "LK", "NP", "US", "DE", "FR", "BR", "JP", "GB", "KR"];
        var deals = new List<Deal>();
        for (var title = 0; title < 500; title++)
        {
            for (var i = 0; i < 20; i++)
            {
                // Of the twenty some are closed, some of other countries, some of other plans, and seven apply.
                deals.Add(new Deal
                {
                    Id = $"deal-{title}-{i}",
                    Name = $"Deal {i} of title {title}",
                    Content = new ContentSelector { Patterns = [i % 4 == 0 ? $"title-{title}*" : $"title-{title}"] },
                    Territories = i % 3 == 0 ? worlds.Where(code => code != "IN").ToHashSet() : i % 3 == 1 ? new HashSet<string> { "IN", "LK" } : new HashSet<string>(),
                    OpensMs = Now - 1_000_000_000,
                    ClosesMs = i % 5 == 0 ? Now - 1 : Now + 1_000_000_000,
                    Plans = i % 2 == 0 ? new HashSet<string> { "premium", "family" } : new HashSet<string> { $"plan-{i}", "basic" },
                    MaxTrack = i % 2 == 0 ? TrackType.UHD1 : TrackType.SD,
                    LicenseSeconds = 3600 + i,
                    MinimumLevels = new Dictionary<TrackType, SecurityLevel> { [TrackType.HD] = SecurityLevel.HardwareCrypto },
                    Hdcp = new Dictionary<TrackType, HdcpVersion> { [TrackType.HD] = HdcpVersion.V1 },
                });
            }
        }

        // Titles whose ids begin alike share prefix deals: the one that is asked for has its own twenty alone.
        deals.RemoveAll(deal => deal.Id.StartsWith("deal-7-", StringComparison.Ordinal));
        var plans = new[] { "premium", "family", "basic" }.Select(id => new Plan { Id = id, Name = id, MaxStreams = 4 }).ToArray();
        var subscriber = new Subscriber { Id = "asha", Subscriptions = [new Subscription("basic"), new Subscription("family", UntilMs: Now + 500_000_000), new Subscription("premium", FromMs: Now - 5)] };

        // As the store reads it.
        subscriber = (Subscriber)RightsKinds.Subscribers.Read(RightsKinds.Subscribers.Write(subscriber));
        return (new RightsSnapshot(new RightsDocuments { Deals = deals, Plans = plans }), subscriber);
    }
}
