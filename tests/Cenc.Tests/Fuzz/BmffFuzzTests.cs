using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace DrmHub.Cenc.Tests.Fuzz;

/// <summary>
/// Hostile media. DRMHUB_FUZZ_SECONDS sets how long (default 5), DRMHUB_FUZZ_INPUTS a number of inputs instead, DRMHUB_FUZZ_SEED the seed.
/// The corpus in tests/Vectors/bmff-corpus holds small valid files; its folder <c>found</c> holds every input that once broke something.
/// </summary>
public sealed class BmffFuzzTests(ITestOutputHelper log)
{
    // What a run costs whatever the input: objects, tables, the text of one exception.
    private const long FixedAllocation = 64 << 10;
    private const int MaxRatio = 16;

    [Fact]
    public void Every_file_of_the_corpus_passes_unchanged()
    {
        using var target = new FuzzTarget();
        foreach (var (name, bytes) in Corpus.All())
        {
            for (var turn = 0; turn < 8; turn++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                Assert.Null(Record.Exception(() => target.Run(bytes, turn)));
                log.WriteLine($"{name} ({bytes.Length} bytes): took {GC.GetAllocatedBytesForCurrentThread() - before} bytes, turn {turn}");
            }
        }
    }

    [Fact]
    public void Broken_files_cause_nothing_but_format_exceptions()
    {
        var corpus = Corpus.All().Select(file => file.Bytes).ToList();
        var seed = (int)Setting("DRMHUB_FUZZ_SEED", 1);
        var seconds = Setting("DRMHUB_FUZZ_SECONDS", 5);
        var inputs = Setting("DRMHUB_FUZZ_INPUTS", 0);
        var mutator = new Mutator(corpus, seed);
        using var target = new FuzzTarget();
        foreach (var file in corpus) target.Run(file, 0);
        var clock = Stopwatch.StartNew();
        long count = 0;
        double slowest = 0, ratio = 0;
        while (inputs > 0 ? count < inputs : clock.Elapsed.TotalSeconds < seconds)
        {
            var input = mutator.Next();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = clock.Elapsed.TotalMilliseconds;
            try
            {
                target.Run(input, (int)(count % 8));
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {count}: {e}\n{Keep(input)}");
            }
            slowest = Math.Max(slowest, clock.Elapsed.TotalMilliseconds - start);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (Ratio(allocated, input) > MaxRatio)
            {
                // Shared pools take memory once and keep it: what counts is what each input takes.
                before = GC.GetAllocatedBytesForCurrentThread();
                target.Run(input, (int)(count % 8));
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
            ratio = Math.Max(ratio, Ratio(allocated, input));
            if (ratio > MaxRatio) Assert.Fail($"seed {seed}, input {count}: {allocated} bytes were taken for {input.Length} bytes of input\n{Keep(input)}");
            count++;
        }
        log.WriteLine(FormattableString.Invariant(
            $"{count} inputs in {clock.Elapsed.TotalSeconds:F0} s, {target.Refused} refused, slowest {slowest:F1} ms, most memory {Math.Max(0, ratio):F1} x input beyond {FixedAllocation >> 10} KiB"));
        Assert.True(count > 0 && target.Refused > 0);
    }

    private static double Ratio(long allocated, byte[] input) => (allocated - FixedAllocation) / (double)input.Length;

    private static string Keep(byte[] input)
    {
        var path = Path.Combine(Path.GetTempPath(), $"drmhub-bmff-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..16]}.mp4");
        File.WriteAllBytes(path, input);
        return $"kept as {path}";
    }

    private static long Setting(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
