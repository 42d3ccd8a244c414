using System.Buffers.Binary;
using DrmHub.Cenc.Encryption;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>Random AV1 headers: the size by construction, the one that ffmpeg's parser finds and ours have to agree.</summary>
public sealed class Av1HeaderTests
{
    [SkippableFact]
    public void Random_headers_are_measured_as_written_and_as_ffmpeg_does()
    {
        var random = new Random(6);
        var stream = new Av1SyntheticStream(random);
        var mapper = SubsampleMapper.Create("av01", [], ProtectionScheme.Cbcs);
        var units = new List<byte[]>();
        var expected = new List<int>();
        for (var sequence = 0; sequence < 120; sequence++)
        {
            for (var frame = 0; frame < 12; frame++)
            {
                var tile = random.Next(1, 40);
                byte[] head = frame == 0 ? [0x12, 0, .. stream.Sequence()] : [0x12, 0];
                var unit = stream.Frame(frame == 0, tile, out var header);
                expected.Add(header);
                units.Add([.. head, .. unit]);
                var output = new List<Subsample>();
                mapper.Map(units[^1], output);
                Assert.True(
                    output.SequenceEqual([new Subsample((ushort)(units[^1].Length - tile), (uint)tile)]), $"sequence {sequence}, frame {frame}: {output[0]}, tile of {tile}");
            }
        }

        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["all.ivf"], Ivf(units));
        var traced = FFmpegTrace.Read("Frame Header", "-f", "ivf", "-i", folder["all.ivf"]).Select(header => header.Bytes - 3).ToArray();
        Assert.Equal(expected, traced);
    }

    private static byte[] Ivf(List<byte[]> units)
    {
        var header = new byte[32];
        "DKIF"u8.CopyTo(header);
        header[6] = 32;
        "AV01"u8.CopyTo(header.AsSpan(8));
        (header[12], header[14], header[16], header[20]) = (64, 64, 25, 1);
        var file = new List<byte>(header);
        for (var i = 0; i < units.Count; i++)
        {
            var frame = new byte[12];
            BinaryPrimitives.WriteInt32LittleEndian(frame, units[i].Length);
            BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(4), i);
            file.AddRange(frame);
            file.AddRange(units[i]);
        }

        return [.. file];
    }
}
