namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>
/// Writes random AV1 sequences of small frames, one tile each, with the fields that encoders seldom use: derived references, frame ids, global
/// motion, sizes taken from references, superresolution, decoder models, grain taken from a reference.
/// </summary>
internal sealed partial class Av1SyntheticStream(Random random)
{
    private const int Key = 0, Inter = 1, IntraOnly = 2;

    private readonly (int Hint, int Width, int Height, int Type)[] _slots = new (int, int, int, int)[8];
    private int _profile, _idBits, _idDeltaBits, _orderBits, _removalBits, _presentationBits;
    private bool _mono, _subsampled, _separate, _equalInterval, _model, _operatingModel, _sb128, _warped, _refVectors, _superres, _cdef, _restoration, _grain;
    private int _screen, _integer;
    private int _frameId;

    private bool Coin() => random.Next(2) == 0;

    public byte[] Sequence()
    {
        var bits = new BitWriter();
        _profile = random.Next(3);
        bits.Bits(_profile << 2, 5);
        WriteOperatingPoint(bits);
        bits.Bits(0xFF, 8);
        bits.Bits(63, 16);
        bits.Bits(63, 16);
        (_idBits, _idDeltaBits) = (0, 0);
        if (bits.Flag(Coin()))
        {
            bits.Bits(6, 4);
            bits.Bits(2, 3);
            (_idBits, _idDeltaBits) = (11, 8);
        }

        _sb128 = bits.Flag(Coin());
        bits.Bits(random.Next(4), 2);
        bits.Bits(random.Next(4), 2);
        _warped = bits.Flag(Coin());
        bits.Flag(Coin());
        var order = bits.Flag(random.Next(4) != 0);
        if (order) bits.Flag(Coin());
        _refVectors = order && bits.Flag(Coin());
        _screen = bits.Flag(Coin()) ? 2 : bits.Flag(Coin()) ? 1 : 0;
        _integer = _screen == 0 || bits.Flag(Coin()) ? 2 : bits.Flag(Coin()) ? 1 : 0;
        _orderBits = order ? 7 : 0;
        if (order) bits.Bits(6, 3);
        _superres = bits.Flag(Coin());
        _cdef = bits.Flag(Coin());
        _restoration = bits.Flag(Coin());
        WriteColour(bits);
        _grain = bits.Flag(Coin());
        bits.Align();
        return Obu(1, bits.ToBytes());
    }

    /// <summary>A frame OBU with one tile of the given size, and the size of its header in bytes.</summary>
    public byte[] Frame(bool key, int tileBytes, out int headerBytes)
    {
        var bits = new BitWriter();
        var type = key ? Key : random.Next(5) == 0 ? IntraOnly : Inter;
        var shown = key || Coin();
        bits.Flag(false);
        bits.Bits(type, 2);
        bits.Flag(shown);
        if (shown && _model && !_equalInterval) bits.Bits(1, _presentationBits);
        var showable = shown ? type != Key : bits.Flag(Coin());
        var resilient = (type == Key && shown) || bits.Flag(random.Next(3) == 0);
        if (type == Key && shown) Array.Clear(_slots);
        var cdfOff = bits.Flag(Coin());
        var screen = _screen == 2 ? bits.Flag(Coin()) : _screen == 1;
        var integer = screen && (_integer == 2 ? bits.Flag(Coin()) : _integer == 1);
        _frameId = (_frameId + 1) & 0x7FF;
        bits.Bits(_frameId, _idBits);
        var sized = bits.Flag(Coin());
        var hint = random.Next(1 << _orderBits);
        bits.Bits(hint, _orderBits);
        var intra = type != Inter;
        var primary = intra || resilient ? 7 : Coin() ? 7 : random.Next(7);
        if (!intra && !resilient) bits.Bits(primary, 3);
        if (_model && bits.Flag(Coin()) && _operatingModel) bits.Bits(1, _removalBits);
        var refresh = type == Key && shown ? 0xFF : random.Next(type == IntraOnly ? 0xFF : 0x100);
        if (!(type == Key && shown)) bits.Bits(refresh, 8);
        if ((!intra || refresh != 0xFF) && resilient && _orderBits > 0)
        {
            foreach (var slot in _slots) bits.Bits(slot.Hint, _orderBits);
        }

        var references = new int[7];
        var (width, height, upscaled) = (64, 64, 64);
        var copies = false;
        var precise = false;
        if (intra)
        {
            WriteSize(bits, sized, out width, out height, out upscaled);
            WriteRenderSize(bits);
            copies = screen && upscaled == width && bits.Flag(Coin());
        }
        else
        {
            WriteReferences(bits, references, hint);
            var found = Array.FindIndex(references, slot => sized && !resilient && bits.Flag(Coin()));
            if (found >= 0)
            {
                (upscaled, height) = (_slots[references[found]].Width, _slots[references[found]].Height);
                width = WriteSuperres(bits, upscaled);
            }
            else
            {
                WriteSize(bits, sized, out width, out height, out upscaled);
                WriteRenderSize(bits);
            }

            precise = !integer && bits.Flag(Coin());
            if (!bits.Flag(Coin())) bits.Bits(random.Next(4), 2);
            bits.Flag(Coin());
            if (!resilient && _refVectors) bits.Flag(Coin());
        }

        if (!cdfOff) bits.Flag(Coin());
        bits.Flag(Coin());
        WriteQuantizer(bits, primary, copies, width == upscaled, intra);
        WritePrediction(bits, intra, resilient, references, hint, precise);
        if (_grain && (shown || showable)) WriteGrain(bits, type == Inter, references);
        for (var i = 0; i < 8; i++)
        {
            if (((refresh >> i) & 1) != 0) _slots[i] = (hint, upscaled, height, type);
        }

        var header = bits.ToBytes();
        headerBytes = header.Length;
        var tile = new byte[tileBytes];
        tile.AsSpan().Fill(0x5A);
        return Obu(6, [.. header, .. tile]);
    }

    private static byte[] Obu(int type, byte[] payload) =>
        [(byte)((type << 3) | 2), (byte)((payload.Length & 0x7F) | 0x80), (byte)(payload.Length >> 7), .. payload];

    private void WriteOperatingPoint(BitWriter bits)
    {
        (_equalInterval, _model, _operatingModel) = (false, false, false);
        if (bits.Flag(Coin()))
        {
            bits.Bits(1, 32);
            bits.Bits(25, 32);
            _equalInterval = bits.Flag(Coin());
            if (_equalInterval) bits.Bits(0b00101, 5);
            _model = bits.Flag(Coin());
            if (_model)
            {
                (_removalBits, _presentationBits) = (random.Next(5, 30), random.Next(5, 30));
                bits.Bits(9, 5);
                bits.Bits(1, 32);
                bits.Bits(_removalBits - 1, 5);
                bits.Bits(_presentationBits - 1, 5);
            }
        }

        bits.Flag(false);
        bits.Bits(0, 5);
        bits.Bits(0, 12);
        bits.Bits(9, 5);
        bits.Flag(false);
        if (!_model) return;
        _operatingModel = bits.Flag(Coin());
        if (_operatingModel) bits.Bits(1 << 11, 21);
    }

    private void WriteColour(BitWriter bits)
    {
        var high = bits.Flag(Coin());
        var twelve = _profile == 2 && high && bits.Flag(Coin());
        _mono = _profile != 1 && bits.Flag(random.Next(4) == 0);
        bits.Flag(false);
        bits.Flag(Coin());
        (_subsampled, _separate) = (true, false);
        if (_mono) return;
        _subsampled = _profile == 0;
        if (twelve) _subsampled = bits.Flag(Coin()) && bits.Flag(Coin());
        if (_subsampled) bits.Bits(random.Next(3), 2);
        _separate = bits.Flag(Coin());
    }

    private void WriteSize(BitWriter bits, bool sized, out int width, out int height, out int upscaled)
    {
        (upscaled, height) = (64, 64);
        if (sized)
        {
            (upscaled, height) = (random.Next(32, 65), random.Next(16, 65));
            bits.Bits(upscaled - 1, 16);
            bits.Bits(height - 1, 16);
        }

        width = WriteSuperres(bits, upscaled);
    }

    private int WriteSuperres(BitWriter bits, int upscaled)
    {
        if (!_superres || !bits.Flag(Coin())) return upscaled;
        var coded = random.Next(8);
        bits.Bits(coded, 3);
        return ((upscaled * 8) + ((coded + 9) / 2)) / (coded + 9);
    }

    private void WriteRenderSize(BitWriter bits)
    {
        if (bits.Flag(Coin())) bits.Bits(0x003F003F, 32);
    }

    private void WriteReferences(BitWriter bits, int[] references, int hint)
    {
        var derived = _orderBits > 0 && bits.Flag(Coin());
        if (derived)
        {
            (references[0], references[3]) = (random.Next(8), random.Next(8));
            bits.Bits(references[0], 3);
            bits.Bits(references[3], 3);
            Derive(references, hint);
        }

        for (var i = 0; i < 7; i++)
        {
            if (!derived) bits.Bits(references[i] = random.Next(8), 3);
            bits.Bits(random.Next(1 << _idDeltaBits), _idDeltaBits);
        }
    }

    private int Distance(int hint, int from)
    {
        var difference = (hint - from) & ((1 << _orderBits) - 1);
        return difference >= 1 << (_orderBits - 1) ? difference - (1 << _orderBits) : difference;
    }

    // 7.8 told by sorting: later frames from both ends, then earlier ones from the nearest on, then the earliest of all.
    private void Derive(int[] references, int hint)
    {
        var free = Enumerable.Range(0, 8).Where(slot => slot != references[0] && slot != references[3]).Select(slot => (Slot: slot, Distance: Distance(_slots[slot].Hint, hint))).ToList();
        var after = free.Where(entry => entry.Distance >= 0).OrderBy(entry => entry.Distance).ThenBy(entry => entry.Slot).Select(entry => entry.Slot).ToList();
        var before = new Queue<int>(free.Where(entry => entry.Distance < 0).OrderByDescending(entry => entry.Distance).ThenByDescending(entry => entry.Slot).Select(entry => entry.Slot));
        foreach (var i in (int[])[1, 2, 4, 5, 6]) references[i] = -1;
        if (after.Count > 0)
        {
            references[6] = after[^1];
            after.RemoveAt(after.Count - 1);
        }

        foreach (var i in (int[])[4, 5])
        {
            if (after.Count == 0) break;
            references[i] = after[0];
            after.RemoveAt(0);
        }

        var earliest = Enumerable.Range(0, 8).OrderBy(slot => Distance(_slots[slot].Hint, hint)).ThenBy(slot => slot).First();
        foreach (var i in (int[])[1, 2, 4, 5, 6])
        {
            if (references[i] < 0) references[i] = before.Count > 0 ? before.Dequeue() : earliest;
        }
    }
}
