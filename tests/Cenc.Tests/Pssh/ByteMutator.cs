using System.Globalization;

namespace DrmHub.Cenc.Tests.Pssh;

/// <summary>
/// Deterministic inputs for parsers: the seeds themselves, then the seeds with bytes set, flipped, cut, repeated and joined.
/// DRMHUB_FUZZ_INPUTS sets another number of inputs, DRMHUB_FUZZ_SEED adds to the seed.
/// </summary>
internal static class ByteMutator
{
    private static readonly byte[] Interesting = [0, 1, 2, 7, 8, 15, 16, 0x1F, 0x20, 0x7F, 0x80, 0xFE, 0xFF];

    public static IEnumerable<byte[]> Inputs(byte[][] seeds, int runs, int seed)
    {
        runs = Setting("DRMHUB_FUZZ_INPUTS", runs);
        var random = new Random(unchecked(seed + Setting("DRMHUB_FUZZ_SEED", 0)));
        foreach (var each in seeds) yield return each;
        for (var run = 0; run < runs; run++)
        {
            var bytes = new List<byte>(seeds[random.Next(seeds.Length)]);
            for (var steps = random.Next(1, 6); steps > 0; steps--) Mutate(bytes, seeds, random);
            yield return [.. bytes];
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static void Mutate(List<byte> bytes, byte[][] seeds, Random random)
    {
        var at = bytes.Count == 0 ? 0 : random.Next(bytes.Count);
        switch (random.Next(7))
        {
            case 0 when bytes.Count > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when bytes.Count > 0:
                bytes[at] = Interesting[random.Next(Interesting.Length)];
                break;
            case 2 when bytes.Count > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 3 when bytes.Count > 0:
                bytes.RemoveRange(at, random.Next(1, bytes.Count - at + 1));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, random.Next(0, Math.Min(32, bytes.Count - at) + 1)));
                break;
            case 5:
                var added = new byte[random.Next(1, 9)];
                random.NextBytes(added);
                bytes.InsertRange(at, added);
                break;
            default:
                bytes.AddRange(seeds[random.Next(seeds.Length)]);
                break;
        }
    }
}
