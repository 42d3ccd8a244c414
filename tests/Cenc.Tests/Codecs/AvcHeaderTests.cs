using DrmHub.Cenc.Encryption;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>
/// H.264 headers that encoders at hand do not write: field pictures, order count type 1, marking commands and long-term references, list
/// modifications, weights for fields, separate planes, slice groups, SP and SI slices. Random ones are written here; the size by construction,
/// the one that ffmpeg's parser finds and ours have to agree.
/// </summary>
public sealed class AvcHeaderTests
{
    private sealed record Sps(int Id, int Profile, int Chroma, bool Planes, int FrameBits, int OrderType, int OrderBits, bool AlwaysZero, bool FramesOnly, int Width, int Height);

    private sealed record Pps(
        int Id, Sps Sps, bool Cabac, bool BottomOrder, int MapType, int ChangeRate, int Refs0, int Refs1, bool Weights, int Bipred, bool Deblocking, bool Redundant);

    [SkippableFact]
    public void Random_headers_are_measured_as_written_and_as_ffmpeg_does()
    {
        using var folder = new TemporaryFolder();
        Tools.FFmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25", "-frames:v", "1", "-c:v", "libx264", folder["start.h264"]);
        var random = new Random(3);
        var stream = new List<byte>(File.ReadAllBytes(folder["start.h264"]));
        var expected = new List<(int PlainBits, int Stored, byte[] Slice)>();
        var mapper = SubsampleMapper.Create("avc3", [1, 100, 0, 30, 0xFF, 0xE0, 0], ProtectionScheme.Cbcs);
        var fields = 0;
        for (var round = 0; round < 300; round++)
        {
            var sps = RandomSps(random);
            var pps = RandomPps(random, sps);
            byte[][] units = [WriteSps(random, sps), WritePps(random, pps), .. Enumerable.Range(0, 4).Select(_ => WriteSlice(random, pps, expected, ref fields))];
            foreach (var unit in units) stream.AddRange([0, 0, 0, 1, .. unit]);

            var subsamples = new List<Subsample>();
            mapper.Map(units.SelectMany(unit => (byte[])[0, 0, (byte)(unit.Length >> 8), (byte)(unit.Length & 255), .. unit]).ToArray(), subsamples);
            Assert.Equal(expected.TakeLast(4).Select(slice => (uint)(slice.Slice.Length - slice.Stored)), subsamples.Select(subsample => subsample.ProtectedBytes));
        }

        Assert.InRange(fields, 100, expected.Count);
        File.WriteAllBytes(folder["all.h264"], [.. stream]);
        var traced = FFmpegTrace.Read("Slice Header", "-f", "h264", "-i", folder["all.h264"]).Skip(1).Select(header => header.Bits).ToArray();
        Assert.Equal(expected.Select(slice => slice.PlainBits), traced);
    }

    private static Sps RandomSps(Random random)
    {
        var profile = random.Next(3) switch { 0 => 66, 1 => 88, _ => 244 };
        var chroma = profile == 244 ? random.Next(4) : 1;
        return new Sps(
            random.Next(1, 32), profile, chroma, chroma == 3 && random.Next(2) == 0, random.Next(4, 17), random.Next(3), random.Next(4, 17),
            random.Next(3) == 0, random.Next(2) == 0, random.Next(1, 40), random.Next(1, 30));
    }

    private static Pps RandomPps(Random random, Sps sps) => new(
        random.Next(1, 256), sps, random.Next(2) == 0, random.Next(2) == 0, random.Next(3) == 0 ? random.Next(7) : -1, random.Next(1, sps.Width * sps.Height + 1),
        random.Next(1, 33), random.Next(1, 33), random.Next(2) == 0, random.Next(3), random.Next(2) == 0, random.Next(4) == 0);

    private static byte[] WriteSps(Random random, Sps sps)
    {
        var bits = new BitWriter();
        bits.Bits(0x67, 8);
        bits.Bits(sps.Profile, 8);
        bits.Bits(0, 8);
        bits.Bits(40, 8);
        bits.Ue(sps.Id);
        if (sps.Profile == 244)
        {
            bits.Ue(sps.Chroma);
            if (sps.Chroma == 3) bits.Flag(sps.Planes);
            bits.Ue(0);
            bits.Ue(0);
            bits.Flag(false);
            if (bits.Flag(random.Next(2) == 0))
            {
                for (var i = 0; i < (sps.Chroma == 3 ? 12 : 8); i++)
                {
                    if (bits.Flag(random.Next(2) == 0)) WriteScalingList(random, bits, i < 6 ? 16 : 64);
                }
            }
        }

        bits.Ue(sps.FrameBits - 4);
        bits.Ue(sps.OrderType);
        if (sps.OrderType == 0) bits.Ue(sps.OrderBits - 4);
        if (sps.OrderType == 1)
        {
            bits.Flag(sps.AlwaysZero);
            bits.Se(random.Next(-5, 5));
            bits.Se(random.Next(-5, 5));
            for (var left = bits.Ue(random.Next(4)); left > 0; left--) bits.Se(random.Next(-50, 50));
        }

        bits.Ue(16);
        bits.Flag(random.Next(2) == 0);
        bits.Ue(sps.Width - 1);
        bits.Ue(sps.Height - 1);
        if (!bits.Flag(sps.FramesOnly)) bits.Flag(random.Next(2) == 0);
        bits.Flag(true);
        bits.Flag(false);
        bits.Flag(false);
        bits.Align();
        return bits.ToNalUnit();
    }

    private static void WriteScalingList(Random random, BitWriter bits, int size)
    {
        var last = 8;
        for (var i = 0; i < size; i++)
        {
            // A next scale of 0 ends the list: the rest repeats the last value.
            var next = random.Next(12) == 0 ? 0 : random.Next(1, 256);
            var delta = next - last;
            bits.Se(delta > 127 ? delta - 256 : delta < -128 ? delta + 256 : delta);
            if (next == 0) return;
            last = next;
        }
    }

    private static byte[] WritePps(Random random, Pps pps)
    {
        var bits = new BitWriter();
        bits.Bits(0x68, 8);
        bits.Ue(pps.Id);
        bits.Ue(pps.Sps.Id);
        bits.Flag(pps.Cabac);
        bits.Flag(pps.BottomOrder);
        var groups = pps.MapType < 0 ? 0 : pps.MapType is 3 or 4 or 5 ? 1 : random.Next(1, 8);
        bits.Ue(groups);
        if (groups > 0) WriteSliceGroups(random, bits, pps, groups);
        bits.Ue(pps.Refs0 - 1);
        bits.Ue(pps.Refs1 - 1);
        bits.Flag(pps.Weights);
        bits.Bits(pps.Bipred, 2);
        for (var i = 0; i < 3; i++) bits.Se(random.Next(-5, 5));
        bits.Flag(pps.Deblocking);
        bits.Flag(random.Next(2) == 0);
        bits.Flag(pps.Redundant);
        bits.Align();
        return bits.ToNalUnit();
    }

    private static void WriteSliceGroups(Random random, BitWriter bits, Pps pps, int groups)
    {
        var units = pps.Sps.Width * pps.Sps.Height;
        switch (bits.Ue(pps.MapType))
        {
            case 0:
                for (var i = 0; i <= groups; i++) bits.Ue(random.Next(units));
                break;
            case 2:
                for (var i = 0; i < groups; i++)
                {
                    var top = bits.Ue(random.Next(units));
                    bits.Ue(random.Next(top, units));
                }

                break;
            case 3 or 4 or 5:
                bits.Flag(random.Next(2) == 0);
                bits.Ue(pps.ChangeRate - 1);
                break;
            case 6:
                bits.Ue(units - 1);
                for (var i = 0; i < units; i++) bits.Bits(random.Next(groups + 1), groups > 3 ? 3 : groups > 1 ? 2 : 1);
                break;
        }
    }

    private static byte[] WriteSlice(Random random, Pps pps, List<(int PlainBits, int Stored, byte[] Slice)> expected, ref int fields)
    {
        var sps = pps.Sps;
        var idr = random.Next(4) == 0;
        var reference = idr || random.Next(2) == 0;
        var type = idr ? random.Next(2) == 0 ? 2 : 7 : random.Next(10);
        var kind = type % 5;
        var bits = new BitWriter();
        bits.Bits((idr ? 5 : 1) | (reference ? 0x60 : 0), 8);
        bits.Ue(0);
        bits.Ue(type);
        bits.Ue(pps.Id);
        if (sps.Planes) bits.Bits(random.Next(3), 2);
        bits.Bits(idr ? 0 : random.Next(16), sps.FrameBits);
        var field = !sps.FramesOnly && bits.Flag(random.Next(2) == 0);
        if (field)
        {
            bits.Flag(random.Next(2) == 0);
            fields++;
        }

        if (idr) bits.Ue(random.Next(65536));
        if (sps.OrderType == 0)
        {
            bits.Bits(random.Next(16), sps.OrderBits);
            if (pps.BottomOrder && !field) bits.Se(random.Next(-100, 100));
        }
        else if (sps.OrderType == 1 && !sps.AlwaysZero)
        {
            bits.Se(random.Next(-100, 100));
            if (pps.BottomOrder && !field) bits.Se(random.Next(-100, 100));
        }

        if (pps.Redundant) bits.Ue(random.Next(128));
        if (kind == 1) bits.Flag(random.Next(2) == 0);
        if (kind is 0 or 1 or 3) WriteReferences(random, bits, pps, kind == 1);
        if (reference) WriteMarking(random, bits, idr);
        if (pps.Cabac && kind is not (2 or 4)) bits.Ue(random.Next(3));
        bits.Se(random.Next(-10, 10));
        if (kind == 3) bits.Flag(random.Next(2) == 0);
        if (kind is 3 or 4) bits.Se(random.Next(-10, 10));
        if (pps.Deblocking && bits.Ue(random.Next(3)) != 1)
        {
            bits.Se(random.Next(-6, 7));
            bits.Se(random.Next(-6, 7));
        }

        if (pps.MapType is 3 or 4 or 5)
        {
            var cycles = (int)Math.Ceiling((double)(sps.Width * sps.Height) / pps.ChangeRate);
            bits.Bits(random.Next(cycles + 1), (int)Math.Ceiling(Math.Log2(((double)(sps.Width * sps.Height) / pps.ChangeRate) + 1)));
        }

        // Zeros behind the header put prevention bytes right after its end, too.
        var header = bits.Count;
        var tail = new byte[random.Next(20, 60)];
        if (random.Next(2) == 0) random.NextBytes(tail);
        tail[^1] = 0x80;
        while (bits.Count % 8 != 0) bits.Flag(pps.Cabac);
        var unit = bits.ToNalUnit(tail);
        expected.Add((header, BitWriter.StoredLength(unit, (header + 7) / 8), unit));
        return unit;
    }

    private static void WriteReferences(Random random, BitWriter bits, Pps pps, bool both)
    {
        var (refs0, refs1) = (pps.Refs0, pps.Refs1);
        if (bits.Flag(random.Next(2) == 0))
        {
            refs0 = bits.Ue(random.Next(32)) + 1;
            if (both) refs1 = bits.Ue(random.Next(32)) + 1;
        }

        for (var list = 0; list < (both ? 2 : 1); list++)
        {
            if (!bits.Flag(random.Next(2) == 0)) continue;
            for (var left = random.Next(4); left > 0; left--)
            {
                bits.Ue(random.Next(3));
                bits.Ue(random.Next(16));
            }

            bits.Ue(3);
        }

        if (both ? pps.Bipred != 1 : !pps.Weights) return;
        var chroma = pps.Sps.Chroma != 0 && !pps.Sps.Planes;
        bits.Ue(random.Next(8));
        if (chroma) bits.Ue(random.Next(8));
        for (var left = refs0 + (both ? refs1 : 0); left > 0; left--)
        {
            var values = bits.Flag(random.Next(2) == 0) ? 2 : 0;
            for (; values > 0; values--) bits.Se(random.Next(-128, 128));
            if (!chroma) continue;
            values = bits.Flag(random.Next(2) == 0) ? 4 : 0;
            for (; values > 0; values--) bits.Se(random.Next(-128, 128));
        }
    }

    private static void WriteMarking(Random random, BitWriter bits, bool idr)
    {
        if (idr)
        {
            bits.Bits(random.Next(4), 2);
            return;
        }

        if (!bits.Flag(random.Next(2) == 0)) return;
        for (var left = random.Next(4); left > 0; left--)
        {
            var operation = bits.Ue(random.Next(1, 7));
            if (operation != 5) bits.Ue(random.Next(16));
            if (operation == 3) bits.Ue(random.Next(16));
        }

        bits.Ue(0);
    }
}
