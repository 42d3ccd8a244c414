using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Tests.Pssh;

/// <summary>Mutated and random bytes, fixed seeds: a parser answers with a value or one <see cref="CencFormatException"/>, nothing else.</summary>
public sealed class PsshFuzzTests
{
    private const int Runs = 20_000;

    private static readonly KeyId Kid = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");

    private static readonly byte[][] Boxes =
    [
        PsshBox.ForCommon([Kid, Kid]).ToByteArray(),
        PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [Kid], Scheme = ProtectionScheme.Cbcs, Provider = "p" }).ToByteArray(),
        PsshBox.ForWidevine(new WidevinePsshData { Type = WidevinePsshType.EntitledKey, EntitledKeys = [new WidevineEntitledKey(Kid, Kid, new byte[16], new byte[16], 32)] }).ToByteArray(),
        [],
    ];

    [Fact]
    public void Boxes_parse_or_fail_and_what_parses_is_written_back()
    {
        foreach (var input in ByteMutator.Inputs(Boxes, Runs, seed: 1))
        {
            try
            {
                var boxes = PsshBox.ParseAll(input);
                byte[] written = [.. boxes.SelectMany(box => box.ToByteArray())];
                if (written.Length == input.Length) Assert.Equal(input, written);
                else Assert.Equal(written, PsshBox.ParseAll(written).SelectMany(box => box.ToByteArray()));
            }
            catch (CencFormatException)
            {
            }
        }
    }

    [Fact]
    public void Widevine_data_parses_or_fails_and_what_parses_is_stable()
    {
        byte[][] seeds = [.. Boxes[..3].Select(box => box[32..]), []];
        foreach (var input in ByteMutator.Inputs(seeds, Runs, seed: 2))
        {
            if (!WidevinePsshData.TryParse(input, out var data)) continue;
            var once = data.ToByteArray();
            Assert.Equal(once, WidevinePsshData.Parse(once).ToByteArray());
            Assert.True(once.Length <= input.Length);
        }
    }
}
