using System.Text;
using System.Xml.Linq;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Tests.Pssh;

/// <summary>Mutated objects and headers, fixed seeds: a value or one <see cref="CencFormatException"/>, nothing else.</summary>
public sealed class PlayReadyFuzzTests
{
    private const int Runs = 20_000;

    private static readonly WrmHeader Header = new()
    {
        Version = WrmVersion.V43,
        Keys = [new WrmKey(KeyId.Parse("a2c786d0f9ef4cb3b333cd323a4284a5"), WrmAlgorithm.AesCtr, Convert.FromBase64String("xNvWVxoWk04="))],
        LicenseUrl = "https://a.example/?x=1&y=2",
        DomainServiceId = new Guid("37fb7b00-8ebb-416d-9b1e-5d55fd023044"),
        CustomAttributes = new XElement("CUSTOMATTRIBUTES", new XElement("front", new XAttribute("a", "1"), "AAA")),
        LicenseRequested = true,
    };

    private static readonly WrmHeader Header40 = WrmHeader.Create(Header.Keys, "https://b.example/");

    [Fact]
    public void Objects_parse_or_fail_and_what_parses_is_written_back()
    {
        byte[][] seeds = [PlayReadyObject.Create(Header).ToByteArray(), PlayReadyObject.Create([new PlayReadyRecord(3, new byte[9])]).ToByteArray()];
        foreach (var input in ByteMutator.Inputs(seeds, Runs, seed: 3))
        {
            if (!PlayReadyObject.TryParse(input, out var value)) continue;
            Assert.Equal(input, value.ToByteArray());
            ReadHeader(value);
        }
    }

    [Fact]
    public void Headers_parse_or_fail_and_what_parses_is_stable()
    {
        byte[][] seeds = [.. new[] { Header, Header40 }.Select(header => Encoding.UTF8.GetBytes(header.ToXml()))];
        var parsed = 0;
        foreach (var input in ByteMutator.Inputs(seeds, Runs, seed: 4))
        {
            var text = Encoding.UTF8.GetString(input);
            try
            {
                var header = WrmHeader.Parse(text);
                parsed++;
                string once;
                try
                {
                    once = header.ToXml();
                }
                catch (ArgumentException)
                {
                    continue; // read leniently (a relative URL, mixed algorithms), refused on the way out
                }

                Assert.Equal(once, WrmHeader.Parse(once).ToXml());
            }
            catch (CencFormatException)
            {
            }
        }

        Assert.True(parsed > 100, $"only {parsed} inputs got through the XML parser: the fuzzing does not reach the header");
    }

    private static void ReadHeader(PlayReadyObject value)
    {
        try
        {
            value.ReadHeader();
        }
        catch (CencFormatException)
        {
        }
    }
}
