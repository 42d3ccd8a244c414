namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>What frame headers need of an AV1 sequence header (AV1 specification, 5.5).</summary>
internal sealed class Av1SequenceHeader
{
    /// <summary>SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV: the frame header decides.</summary>
    public const int Select = 2;

    private const int Bt709 = 1, Srgb = 13, Identity = 0;

    private Av1SequenceHeader(ref BitReader reader)
    {
        var profile = reader.Int(3);
        if (profile > 2) throw new CencFormatException($"An AV1 sequence has the unknown profile {profile}.");
        reader.Skip(1);
        ReducedStillPicture = reader.Flag();
        if (ReducedStillPicture) reader.Skip(5);
        else ReadOperatingPoints(ref reader);

        WidthBits = reader.Int(4) + 1;
        HeightBits = reader.Int(4) + 1;
        MaxWidth = reader.Int(WidthBits) + 1;
        MaxHeight = reader.Int(HeightBits) + 1;
        if (!ReducedStillPicture && reader.Flag())
        {
            FrameIdDeltaBits = reader.Int(4) + 2;
            FrameIdBits = FrameIdDeltaBits + reader.Int(3) + 1;
        }

        Superblock128 = reader.Flag();
        reader.Skip(2);
        ScreenContentTools = Select;
        IntegerMotionVectors = Select;
        if (!ReducedStillPicture) ReadTools(ref reader);
        Superresolution = reader.Flag();
        Cdef = reader.Flag();
        Restoration = reader.Flag();
        ReadColour(ref reader, profile);
        FilmGrain = reader.Flag();
    }

    public bool ReducedStillPicture { get; }

    /// <summary>decoder_model_info_present_flag.</summary>
    public bool DecoderModel { get; private set; }

    public bool EqualPictureInterval { get; private set; }

    public int RemovalTimeBits { get; private set; }

    public int PresentationTimeBits { get; private set; }

    /// <summary>operating_point_idc of the points that have a decoder model; the others give frame headers no field.</summary>
    public IReadOnlyList<int> ModelledPoints { get; private set; } = [];

    public int WidthBits { get; }

    public int HeightBits { get; }

    public int MaxWidth { get; }

    public int MaxHeight { get; }

    /// <summary>Size of frame ids in bits; 0 where frames carry none.</summary>
    public int FrameIdBits { get; }

    public int FrameIdDeltaBits { get; }

    public bool Superblock128 { get; }

    public bool WarpedMotion { get; private set; }

    /// <summary>0 where order hints are off.</summary>
    public int OrderHintBits { get; private set; }

    public bool ReferenceMotionVectors { get; private set; }

    public int ScreenContentTools { get; private set; }

    public int IntegerMotionVectors { get; private set; }

    public bool Superresolution { get; }

    public bool Cdef { get; }

    public bool Restoration { get; }

    public bool Monochrome { get; private set; }

    /// <summary>Chroma is halved in both directions.</summary>
    public bool Subsampled { get; private set; }

    public bool SeparateChromaDeltas { get; private set; }

    public bool FilmGrain { get; }

    public static Av1SequenceHeader Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new BitReader(payload);
        return new Av1SequenceHeader(ref reader);
    }

    private void ReadOperatingPoints(ref BitReader reader)
    {
        var delayBits = 0;
        if (reader.Flag())
        {
            reader.Skip(64);
            EqualPictureInterval = reader.Flag();
            if (EqualPictureInterval) reader.SkipVariableLength();
            DecoderModel = reader.Flag();
            if (DecoderModel)
            {
                delayBits = reader.Int(5) + 1;
                reader.Skip(32);
                RemovalTimeBits = reader.Int(5) + 1;
                PresentationTimeBits = reader.Int(5) + 1;
            }
        }

        var displayDelay = reader.Flag();
        var modelled = new List<int>();
        for (var left = reader.Int(5) + 1; left > 0; left--)
        {
            var point = reader.Int(12);
            if (reader.Int(5) > 7) reader.Skip(1);
            if (DecoderModel && reader.Flag())
            {
                modelled.Add(point);
                reader.Skip((2 * delayBits) + 1);
            }

            if (displayDelay && reader.Flag()) reader.Skip(4);
        }

        ModelledPoints = modelled;
    }

    private void ReadTools(ref BitReader reader)
    {
        reader.Skip(2);
        WarpedMotion = reader.Flag();
        reader.Skip(1);
        var orderHints = reader.Flag();
        if (orderHints)
        {
            reader.Skip(1);
            ReferenceMotionVectors = reader.Flag();
        }

        if (!reader.Flag()) ScreenContentTools = reader.Int(1);
        if (ScreenContentTools > 0 && !reader.Flag()) IntegerMotionVectors = reader.Int(1);
        if (orderHints) OrderHintBits = reader.Int(3) + 1;
    }

    private void ReadColour(ref BitReader reader, int profile)
    {
        var highDepth = reader.Flag();
        var twelveBits = profile == 2 && highDepth && reader.Flag();
        Monochrome = profile != 1 && reader.Flag();
        int primaries = 2, transfer = 2, matrix = 2;
        if (reader.Flag())
        {
            primaries = reader.Int(8);
            transfer = reader.Int(8);
            matrix = reader.Int(8);
        }

        if (Monochrome)
        {
            reader.Skip(1);
            Subsampled = true;
            return;
        }

        if (primaries != Bt709 || transfer != Srgb || matrix != Identity)
        {
            reader.Skip(1);
            Subsampled = profile == 0;
            if (profile == 2 && twelveBits) Subsampled = reader.Flag() && reader.Flag();
            if (Subsampled) reader.Skip(2);
        }

        SeparateChromaDeltas = reader.Flag();
    }
}
