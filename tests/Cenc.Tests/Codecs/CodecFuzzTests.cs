using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>
/// Broken configurations and samples: the mappers either say where the ranges are, and these add up to the sample, or throw
/// <see cref="CencFormatException"/>. Seeds are fixed, so that a find can be repeated; each kept find is a row of <see cref="Kept"/>.
/// </summary>
public sealed class CodecFuzzTests
{
    private const int Rounds = 4000;

    private static readonly (string Entry, string File)[] s_sources =
    [
        ("avc1", "clear/h264_240.mp4"), ("hvc1", "clear/hevc_240.mp4"), ("av01", "clear/av1_240.mp4"), ("vp09", "clear/vp9_240.mp4"),
    ];

    public static TheoryData<string> Entries() => [.. s_sources.Select(source => source.Entry)];

    // Entry, configuration, sample: base64.
    public static TheoryData<string, string, string> Kept() => new()
    {
        { "avc1", "AWQAH//hAAA=", "AAAAAQ==" },
        { "av01", "gQAAAA==", "MgEAAA==" },
        { "vp09", "", "wcE=" },
    };

    [Theory]
    [MemberData(nameof(Kept))]
    public void Kept_finds_stay_fixed(string entry, string configuration, string sample) =>
        Survives(entry, Convert.FromBase64String(configuration), [Convert.FromBase64String(sample)]);

    [Theory]
    [MemberData(nameof(Entries))]
    public void Random_bytes(string entry)
    {
        var random = new Random(1);
        for (var round = 0; round < Rounds; round++)
        {
            var configuration = Bytes(random, random.Next(60));
            if (configuration.Length > 5) (configuration[0], configuration[4]) = (entry == "av01" ? (byte)0x81 : (byte)1, 0xFF);
            Survives(entry, configuration, [Bytes(random, random.Next(200)), Bytes(random, random.Next(2000))]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Entries))]
    public void Mutated_streams(string entry)
    {
        var file = FragmentedFile.Read(SharedFiles.Media(s_sources.First(source => source.Entry == entry).File));
        var random = new Random(2);
        var accepted = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var configuration = random.Next(4) == 0 ? Mutate(random, file.Configuration, file.Configuration.Length) : file.Configuration;
            var first = random.Next(2) == 0 ? 0 : random.Next(file.Samples.Count);
            var samples = file.Samples.Skip(first).Take(4).Select(sample => Mutate(random, Shorten(sample.Bytes), 64)).ToArray();
            if (Survives(entry, configuration, samples)) accepted++;
        }

        // Mutations that reach the depth of the parsers are the point: some streams have to get through whole.
        Assert.InRange(accepted, Rounds / 200, Rounds - 1);
    }

    [SkippableTheory]
    [MemberData(nameof(Entries))]
    public void Truncated_samples(string entry)
    {
        var file = FragmentedFile.Read(SharedFiles.Media(s_sources.First(source => source.Entry == entry).File));
        foreach (var sample in file.Samples.Take(3))
        {
            for (var length = 0; length < Math.Min(sample.Bytes.Length, 300); length++) Survives(entry, file.Configuration, [sample.Bytes[..length]]);
        }

        for (var length = 0; length < file.Configuration.Length; length++) Survives(entry, file.Configuration[..length], [file.Samples[0].Bytes]);
    }

    // Keeps a sample's structure but not its bulk, so that mutations hit headers: a length field or OBU size that lies is a case too.
    private static byte[] Shorten(byte[] sample) => sample.Length <= 3000 ? sample : sample[..3000];

    private static byte[] Mutate(Random random, byte[] source, int headLength)
    {
        var bytes = (byte[])source.Clone();
        if (bytes.Length == 0) return bytes;
        for (var count = random.Next(4); count > 0; count--)
        {
            var at = random.Next(3) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(bytes.Length, headLength));
            switch (random.Next(4))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xFF; break;
                default: bytes = [.. bytes[..at], .. Bytes(random, random.Next(4)), .. bytes[Math.Min(bytes.Length, at + random.Next(3))..]]; break;
            }

            if (bytes.Length == 0) break;
        }

        return bytes;
    }

    private static bool Survives(string entry, byte[] configuration, byte[][] samples)
    {
        var subsamples = new List<Subsample>();
        try
        {
            var mapper = SubsampleMapper.Create(entry, configuration, ProtectionScheme.Cbcs);
            foreach (var sample in samples)
            {
                subsamples.Clear();
                mapper.Map(sample, subsamples);
                Assert.Equal(sample.Length, subsamples.Sum(subsample => subsample.ClearBytes + (long)subsample.ProtectedBytes));
                Assert.NotEmpty(subsamples);
            }

            return true;
        }
        catch (CencFormatException)
        {
            return false;
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
