namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>The fields behind the tile information: quantizer, filters, prediction, global motion, grain.</summary>
internal sealed partial class Av1SyntheticStream
{
    private void WriteQuantizer(BitWriter bits, int primary, bool copies, bool full, bool intra)
    {
        var quantizer = random.Next(4) == 0 ? 0 : random.Next(1, 256);
        bits.Bits(quantizer, 8);
        var deltas = WriteDelta(bits);
        if (!_mono)
        {
            var different = _separate && bits.Flag(Coin());
            for (var i = different ? 4 : 2; i > 0; i--) deltas |= WriteDelta(bits);
        }

        if (bits.Flag(Coin())) bits.Bits(0, _separate ? 12 : 8);
        if (bits.Flag(quantizer > 0 && Coin())) WriteSegmentation(bits, primary);
        var changes = quantizer > 0 && bits.Flag(Coin());
        if (changes) bits.Bits(random.Next(4), 2);
        if (changes && !copies && bits.Flag(Coin())) bits.Bits(random.Next(8), 3);
        var lossless = quantizer == 0 && !deltas;
        if (!lossless && !copies) WriteFilters(bits, intra);
        if (_restoration && !copies && !(lossless && full)) WriteRestoration(bits);
        if (!lossless) bits.Flag(Coin());
    }

    private bool WriteDelta(BitWriter bits)
    {
        if (!bits.Flag(random.Next(4) == 0)) return false;
        bits.Bits(random.Next(1, 128), 7);
        return true;
    }

    // Segment 7 keeps its quantizer: so a frame with one above 0 is never lossless.
    private void WriteSegmentation(BitWriter bits, int primary)
    {
        if (primary != 7)
        {
            if (bits.Flag(Coin())) bits.Flag(Coin());
            if (!bits.Flag(Coin())) return;
        }

        for (var segment = 0; segment < 8; segment++)
        {
            foreach (var size in (int[])[9, 7, 7, 7, 7, 3, 0, 0])
            {
                if (bits.Flag(Coin() && !(segment == 7 && size == 9))) bits.Bits(random.Next(1 << Math.Max(size - 1, 0)), size);
            }
        }
    }

    private void WriteFilters(BitWriter bits, bool intra)
    {
        var levels = Coin() ? 0 : random.Next(64 * 64);
        bits.Bits(levels, 12);
        if (!_mono && levels != 0) bits.Bits(random.Next(64 * 64), 12);
        bits.Bits(random.Next(8), 3);
        if (bits.Flag(Coin()) && bits.Flag(Coin()))
        {
            for (var i = 0; i < 10; i++)
            {
                if (bits.Flag(Coin())) bits.Bits(random.Next(128), 7);
            }
        }

        if (!_cdef) return;
        bits.Bits(random.Next(4), 2);
        var count = random.Next(4);
        bits.Bits(count, 2);
        for (var i = 0; i < 1 << count; i++) bits.Bits(random.Next(64), 6 * (_mono ? 1 : 2));
    }

    private void WriteRestoration(BitWriter bits)
    {
        int[] types = [Coin() ? 0 : random.Next(4), Coin() ? 0 : random.Next(4), Coin() ? 0 : random.Next(4)];
        var planes = _mono ? 1 : 3;
        for (var i = 0; i < planes; i++) bits.Bits(types[i], 2);
        if (types.Take(planes).All(type => type == 0)) return;
        if (bits.Flag(Coin()) && !_sb128) bits.Flag(Coin());
        if (_subsampled && types.Take(planes).Skip(1).Any(type => type != 0)) bits.Flag(Coin());
    }

    private void WritePrediction(BitWriter bits, bool intra, bool resilient, int[] references, int hint, bool precise)
    {
        var compound = !intra && bits.Flag(Coin());
        if (compound && _orderBits > 0)
        {
            // Skip mode needs a frame before and one after, or two different ones before.
            var distances = references.Select(slot => Distance(_slots[slot].Hint, hint)).ToArray();
            var before = distances.Where(distance => distance < 0).Distinct().Count();
            if (before > 1 || (before == 1 && distances.Any(distance => distance > 0))) bits.Flag(Coin());
        }

        if (!intra && !resilient && _warped) bits.Flag(Coin());
        bits.Flag(Coin());
        for (var i = 0; i < 7 && !intra; i++)
        {
            if (!bits.Flag(Coin())) continue;
            var (zoom, translation) = bits.Flag(Coin()) ? (true, false) : (false, bits.Flag(Coin()));
            for (var left = translation ? 0 : zoom ? 2 : 4; left > 0; left--) WriteMotion(bits, 12);
            for (var left = 2; left > 0; left--) WriteMotion(bits, !translation ? 12 : precise ? 9 : 8);
        }
    }

    private void WriteMotion(BitWriter bits, int size)
    {
        var count = (2 * (1 << size)) + 1;
        for (int i = 0, start = 0; ; i++)
        {
            var width = i == 0 ? 3 : 2 + i;
            if (count <= start + (3 << width))
            {
                // The last class is ns(n): short codes for the first numbers.
                var n = count - start;
                var long_ = (int)Math.Floor(Math.Log2(n)) + 1;
                var value = random.Next(n);
                var shorter = (1 << long_) - n;
                if (value < shorter) bits.Bits(value, long_ - 1);
                else bits.Bits(value + shorter, long_);
                return;
            }

            if (!bits.Flag(random.Next(4) != 0))
            {
                bits.Bits(random.Next(1 << width), width);
                return;
            }

            start += 1 << width;
        }
    }

    private void WriteGrain(BitWriter bits, bool inter, int[] references)
    {
        if (!bits.Flag(random.Next(4) != 0)) return;
        bits.Bits(random.Next(65536), 16);
        if (inter && !bits.Flag(random.Next(3) != 0))
        {
            bits.Bits(references[random.Next(7)], 3);
            return;
        }

        var luma = WritePoints(bits, 14);
        var fromLuma = !_mono && bits.Flag(Coin());
        int blue = 0, red = 0;
        if (!_mono && !fromLuma && !(_subsampled && luma == 0))
        {
            blue = WritePoints(bits, 10);
            red = _subsampled && blue == 0 ? WritePoints(bits, 0) : WritePoints(bits, 10, _subsampled ? 1 : 0);
        }

        bits.Bits(random.Next(4), 2);
        var lag = random.Next(4);
        bits.Bits(lag, 2);
        var coefficients = 2 * lag * (lag + 1);
        var chroma = coefficients + (luma > 0 ? 1 : 0);
        var total = (luma > 0 ? coefficients : 0) + (fromLuma || blue > 0 ? chroma : 0) + (fromLuma || red > 0 ? chroma : 0);
        for (; total > 0; total--) bits.Bits(random.Next(256), 8);
        bits.Bits(random.Next(16), 4);
        foreach (var points in (int[])[blue, red])
        {
            if (points > 0) bits.Bits(random.Next(1 << 25), 25);
        }

        bits.Bits(random.Next(4), 2);
    }

    private int WritePoints(BitWriter bits, int most, int least = 0)
    {
        var count = most == 0 ? 0 : random.Next(least, most + 1);
        bits.Bits(count, 4);
        for (var i = 0; i < count; i++)
        {
            bits.Bits(10 * i, 8);
            bits.Bits(random.Next(256), 8);
        }

        return count;
    }
}
