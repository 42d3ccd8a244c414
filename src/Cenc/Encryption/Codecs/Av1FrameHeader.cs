namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// Reads AV1 uncompressed headers (AV1 specification, 5.9.2) to find where they end and how the frame is cut into tiles. One object per
/// frame; it reads the reference slots, and <see cref="Finish"/> writes them.
/// </summary>
internal sealed class Av1FrameHeader
{
    private const int Key = 0, Inter = 1, IntraOnly = 2, Switch = 3;
    private const int AllSlots = 0xFF;
    private const int NoPrimaryReference = 7;

    private readonly Av1SequenceHeader _sequence;
    private readonly Av1References _slots;
    private readonly int[] _references = new int[Av1References.PerFrame];
    private int _frameType;
    private bool _shown;
    private bool _showable;
    private bool _errorResilient;
    private bool _cdfUpdateDisabled;
    private bool _screenContentTools;
    private bool _integerMotionVectors;
    private bool _sizeOverride;
    private bool _blockCopy;
    private bool _preciseMotionVectors;
    private int _orderHint;
    private int _primaryReference = NoPrimaryReference;
    private int _refresh;
    private int _upscaledWidth;
    private int _width;
    private int _height;
    private Av1Segmentation _segmentation;

    /// <param name="sequence">The sequence header in force.</param>
    /// <param name="slots">The reference slots before this frame.</param>
    public Av1FrameHeader(Av1SequenceHeader sequence, Av1References slots)
    {
        _sequence = sequence;
        _slots = slots;
    }

    /// <summary>The frame only shows an earlier one and has no tiles.</summary>
    public bool ShowsExisting { get; private set; }

    public Av1Tiles Tiles { get; private set; }

    private bool Intra => _frameType is Key or IntraOnly;

    /// <param name="reader">Stands at the first bit of the header, and behind its last one afterwards.</param>
    /// <param name="temporalId">temporal_id of the OBU.</param>
    /// <param name="spatialId">spatial_id of the OBU.</param>
    public void Read(ref BitReader reader, int temporalId, int spatialId)
    {
        if (_sequence.ReducedStillPicture)
        {
            _shown = true;
            _errorResilient = true;
        }
        else if (reader.Flag())
        {
            ReadExisting(ref reader);
            return;
        }
        else
        {
            ReadType(ref reader);
        }

        ReadCodingControls(ref reader, temporalId, spatialId);
        if (Intra)
        {
            ReadSize(ref reader);
            SkipRenderSize(ref reader);
            if (_screenContentTools && _upscaledWidth == _width) _blockCopy = reader.Flag();
        }
        else
        {
            ReadInter(ref reader);
        }

        if (!_sequence.ReducedStillPicture && !_cdfUpdateDisabled) reader.Skip(1);
        if (_primaryReference != NoPrimaryReference) _segmentation = _slots[_references[_primaryReference]].Segmentation;
        Tiles = Av1Tiles.Read(ref reader, _width, _height, _sequence.Superblock128);
        ReadQuantizerAndFilters(ref reader);
        ReadTransformAndPrediction(ref reader);
        if (_sequence.FilmGrain && (_shown || _showable)) Av1FilmGrain.Skip(ref reader, _frameType == Inter, _sequence);
    }

    /// <summary>Writes the reference slots, once the last tile of the frame is there.</summary>
    public void Finish() =>
        _slots.Refresh(_refresh, new Av1Reference(true, _orderHint, _frameType, _upscaledWidth, _width, _height, _segmentation));

    private void ReadExisting(ref BitReader reader)
    {
        ShowsExisting = true;
        var slot = _slots[reader.Int(3)];
        if (_sequence.DecoderModel && !_sequence.EqualPictureInterval) reader.Skip(_sequence.PresentationTimeBits);
        reader.Skip(_sequence.FrameIdBits);
        if (!slot.Valid) throw new CencFormatException("An AV1 frame shows a frame that was not there.");

        // Showing a key frame makes it the only reference there is (7.21).
        if (slot.FrameType == Key) _slots.Refresh(AllSlots, slot);
    }

    private void ReadType(ref BitReader reader)
    {
        _frameType = reader.Int(2);
        _shown = reader.Flag();
        if (_shown && _sequence.DecoderModel && !_sequence.EqualPictureInterval) reader.Skip(_sequence.PresentationTimeBits);
        _showable = _shown ? _frameType != Key : reader.Flag();
        _errorResilient = _frameType == Switch || (_frameType == Key && _shown) || reader.Flag();
    }

    private void ReadCodingControls(ref BitReader reader, int temporalId, int spatialId)
    {
        if (_frameType == Key && _shown) _slots.Refresh(AllSlots, default);
        _cdfUpdateDisabled = reader.Flag();
        _screenContentTools = _sequence.ScreenContentTools == Av1SequenceHeader.Select ? reader.Flag() : _sequence.ScreenContentTools != 0;
        if (_screenContentTools)
            _integerMotionVectors = _sequence.IntegerMotionVectors == Av1SequenceHeader.Select ? reader.Flag() : _sequence.IntegerMotionVectors != 0;
        reader.Skip(_sequence.FrameIdBits);
        _sizeOverride = _frameType == Switch || (!_sequence.ReducedStillPicture && reader.Flag());
        _orderHint = reader.Int(_sequence.OrderHintBits);
        if (!Intra && !_errorResilient) _primaryReference = reader.Int(3);
        if (_sequence.DecoderModel && reader.Flag()) SkipRemovalTimes(ref reader, temporalId, spatialId);

        _refresh = _frameType == Switch || (_frameType == Key && _shown) ? AllSlots : reader.Int(8);
        if ((Intra && _refresh == AllSlots) || !_errorResilient || _sequence.OrderHintBits == 0) return;
        for (var i = 0; i < Av1References.Slots; i++)
        {
            var hint = reader.Int(_sequence.OrderHintBits);
            if (hint != _slots[i].OrderHint || !_slots[i].Valid) _slots[i] = new Av1Reference { OrderHint = hint };
        }
    }

    private void SkipRemovalTimes(ref BitReader reader, int temporalId, int spatialId)
    {
        foreach (var point in _sequence.ModelledPoints)
        {
            if (point == 0 || (((point >> temporalId) & 1) != 0 && ((point >> (spatialId + 8)) & 1) != 0)) reader.Skip(_sequence.RemovalTimeBits);
        }
    }

    private void ReadInter(ref BitReader reader)
    {
        var derived = _sequence.OrderHintBits > 0 && reader.Flag();
        if (derived) _slots.Derive(_references, reader.Int(3), reader.Int(3), _orderHint, _sequence.OrderHintBits);
        for (var i = 0; i < Av1References.PerFrame; i++)
        {
            if (!derived) _references[i] = reader.Int(3);
            if (_sequence.FrameIdBits > 0) reader.Skip(_sequence.FrameIdDeltaBits);
        }

        if (_sizeOverride && !_errorResilient)
        {
            ReadSizeFromReferences(ref reader);
        }
        else
        {
            ReadSize(ref reader);
            SkipRenderSize(ref reader);
        }

        if (!_integerMotionVectors) _preciseMotionVectors = reader.Flag();
        if (!reader.Flag()) reader.Skip(2);
        reader.Skip(1);
        if (!_errorResilient && _sequence.ReferenceMotionVectors) reader.Skip(1);
    }

    private void ReadSizeFromReferences(ref BitReader reader)
    {
        foreach (var index in _references)
        {
            if (!reader.Flag()) continue;
            var slot = _slots[index];
            if (slot.UpscaledWidth == 0) throw new CencFormatException("An AV1 frame takes its size from a frame that was not there.");
            _upscaledWidth = slot.UpscaledWidth;
            _height = slot.Height;
            ReadSuperresolution(ref reader);
            return;
        }

        ReadSize(ref reader);
        SkipRenderSize(ref reader);
    }

    private void ReadSize(ref BitReader reader)
    {
        _upscaledWidth = _sequence.MaxWidth;
        _height = _sequence.MaxHeight;
        if (_sizeOverride)
        {
            _upscaledWidth = reader.Int(_sequence.WidthBits) + 1;
            _height = reader.Int(_sequence.HeightBits) + 1;
        }

        ReadSuperresolution(ref reader);
    }

    private void ReadSuperresolution(ref BitReader reader)
    {
        _width = _upscaledWidth;
        if (!_sequence.Superresolution || !reader.Flag()) return;
        var denominator = reader.Int(3) + 9;
        _width = ((_upscaledWidth * 8) + (denominator / 2)) / denominator;
    }

    private static void SkipRenderSize(ref BitReader reader)
    {
        if (reader.Flag()) reader.Skip(32);
    }

    private void ReadQuantizerAndFilters(ref BitReader reader)
    {
        var quantizer = Av1Quantizer.Read(ref reader, _sequence);
        _segmentation = Av1Quantizer.ReadSegmentation(ref reader, _segmentation, _primaryReference == NoPrimaryReference);
        var deltas = quantizer.Base > 0 && reader.Flag();
        if (deltas) reader.Skip(2);
        if (deltas && !_blockCopy && reader.Flag()) reader.Skip(3);

        var lossless = quantizer.IsLossless(_segmentation);
        if (!lossless && !_blockCopy)
        {
            Av1Filters.SkipLoopFilter(ref reader, _sequence);
            if (_sequence.Cdef) Av1Filters.SkipCdef(ref reader, _sequence);
        }

        if (_sequence.Restoration && !_blockCopy && !(lossless && _width == _upscaledWidth)) Av1Filters.SkipRestoration(ref reader, _sequence);
        if (!lossless) reader.Skip(1);
    }

    private void ReadTransformAndPrediction(ref BitReader reader)
    {
        var compound = !Intra && reader.Flag();
        if (compound && SkipModeAllowed()) reader.Skip(1);
        if (!Intra && !_errorResilient && _sequence.WarpedMotion) reader.Skip(1);
        reader.Skip(1);
        if (!Intra) Av1GlobalMotion.Skip(ref reader, _preciseMotionVectors);
    }

    // 5.9.22: a forward and a backward reference, or two forward ones at different distances.
    private bool SkipModeAllowed()
    {
        var bits = _sequence.OrderHintBits;
        if (bits == 0) return false;
        int? forward = null;
        var backward = false;
        foreach (var slot in _references)
        {
            var distance = Av1References.Distance(_slots[slot].OrderHint, _orderHint, bits);
            if (distance > 0) backward = true;
            else if (distance < 0 && (forward is not { } best || Av1References.Distance(_slots[slot].OrderHint, best, bits) > 0)) forward = _slots[slot].OrderHint;
        }

        if (forward is not { } nearest) return false;
        if (backward) return true;
        foreach (var slot in _references)
        {
            if (Av1References.Distance(_slots[slot].OrderHint, nearest, bits) < 0) return true;
        }

        return false;
    }
}
