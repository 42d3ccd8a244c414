using System.Diagnostics;
using System.Globalization;
using System.Net;
using DrmHub.Testing;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>Our reader of MaxMind DB files against MaxMind's own, over files that the test writes; then over files that are broken.</summary>
public sealed class CountryDatabaseTests : IDisposable
{
    private static readonly (string Network, string? Country, string? Registered)[] Networks =
    [
        ("1.2.0.0/16", "IN", null), ("1.3.0.0/17", "LK", "IN"), ("5.0.0.0/8", null, "DE"), ("9.9.9.9/32", "US", null), ("200.1.2.0/23", "BR", null),
        ("2001:db8::/32", "NP", null), ("2400:cb00::/48", null, null),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(24)]
    [InlineData(28)]
    [InlineData(32)]
    public void It_says_what_the_other_reader_says(int recordSize)
    {
        var file = _folder.Write("c.mmdb", MaxMindWriter.Write(Networks, recordSize));
        using var theirs = new MaxMind.Db.Reader(file);
        using var ours = CountryDatabase.Open(file, TimeProvider.System, NullLogger<CountryDatabase>.Instance);
        Assert.Equal("Test-Country", ours.Type);
        var random = new Random(7);
        var found = 0;
        for (var i = 0; i < 4000; i++)
        {
            var network = IPNetwork.Parse(Networks[random.Next(Networks.Length)].Network);
            var bytes = network.BaseAddress.GetAddressBytes();
            for (var at = random.Next(bytes.Length + 1); at < bytes.Length; at++) bytes[at] = (byte)random.Next(256);
            var address = new IPAddress(bytes);
            var record = theirs.Find<Dictionary<string, object>>(address);
            var expected = Code(record, "country") ?? Code(record, "registered_country");
            Assert.Equal(expected, ours.Find(address));
            if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork) Assert.Equal(expected, ours.Find(address.MapToIPv6()));
            if (expected is not null) found++;
        }

        Assert.InRange(found, 400, 3999);
    }

    [Fact]
    public void A_new_file_takes_the_place_of_the_old_and_a_broken_one_does_not()
    {
        var time = new FakeTimeProvider();
        var file = _folder.Write("c.mmdb", MaxMindWriter.Write([("1.2.0.0/16", "IN", null)], 24));
        using var database = CountryDatabase.Open(file, time, NullLogger<CountryDatabase>.Instance);
        var address = IPAddress.Parse("1.2.3.4");
        Assert.Equal("IN", database.Find(address));

        File.WriteAllBytes(file, [1, 2, 3]);
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("IN", database.Find(address));

        File.WriteAllBytes(file, MaxMindWriter.Write([("1.2.0.0/16", "NP", null)], 24));
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddDays(1));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("NP", database.Find(address));
    }

    [Fact]
    public void A_file_that_is_none_is_refused()
    {
        foreach (var bytes in (byte[][])[[], [1, 2, 3], new byte[100_000], [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8]])
            Assert.Throws<FormatException>(() => CountryDatabase.Open(_folder.Write("x.mmdb", bytes), TimeProvider.System, NullLogger<CountryDatabase>.Instance));
    }

    /// <summary>DRMHUB_FUZZ_SECONDS sets how long (default 5).</summary>
    [Fact]
    public void Broken_files_say_nothing_or_something_but_never_fail()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "5", CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var corpus = new[] { 24, 28, 32 }.Select(size => MaxMindWriter.Write(Networks, size)).ToArray();
        var addresses = Networks.Select(network => IPNetwork.Parse(network.Network).BaseAddress).ToArray();
        var watch = Stopwatch.StartNew();
        var (opened, answered, runs) = (0L, 0L, 0L);
        for (; watch.Elapsed.TotalSeconds < seconds; runs++)
        {
            var file = corpus[random.Next(corpus.Length)].ToArray();
            for (var i = random.Next(1, 6); i > 0; i--) file[random.Next(file.Length)] = (byte)random.Next(256);
            if (random.Next(8) == 0) file = file[..random.Next(file.Length)];
            try
            {
                var reader = new MaxMindReader(file);
                opened++;
                foreach (var address in addresses)
                    if (reader.FindCountry(address) is { } code) answered += Assert.IsType<string>(code).Length == 2 ? 1 : throw new InvalidOperationException(code);
            }
            catch (FormatException)
            {
                // No such file any more.
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, run {runs}: {exception}");
            }
        }

        Assert.True(opened > 0 && opened < runs && answered > 0, $"{opened} of {runs} files were opened, {answered} answers: the mutations miss the point.");
    }

    private static string? Code(Dictionary<string, object>? record, string name) =>
        record is not null && record.TryGetValue(name, out var country) && ((Dictionary<string, object>)country).TryGetValue("iso_code", out var code) ? (string)code : null;
}
