using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>A sample description and what its <c>sinf</c> says.</summary>
internal sealed class TrackEntry
{
    private TrackEntry(RawBox raw, SampleEntry? fields) => (Raw, Fields) = (raw, fields);

    public RawBox Raw { get; }

    /// <summary>Null where the track is neither video nor sound.</summary>
    public SampleEntry? Fields { get; }

    /// <summary>The codec's code: that of the entry, or of <c>frma</c> where it is protected.</summary>
    public uint Format { get; private init; }

    public bool IsProtected { get; private init; }

    /// <summary>From <c>schm</c>; may be none that this library knows. <c>piff</c> counts as the scheme that its algorithm is today.</summary>
    public uint SchemeType { get; private init; }

    /// <summary>From <c>tenc</c>, or from the box of PIFF.</summary>
    public EncryptionParameters? Defaults { get; private init; }

    public long Offset => Raw.Offset;

    public static TrackEntry Read(RawBox raw, uint handler, BmffLimits limits)
    {
        var fields = SampleEntry.TryRead(raw, handler, limits);
        if (raw.Type is not (BoxType.Encv or BoxType.Enca)) return new TrackEntry(raw, fields) { Format = raw.Type };
        if (fields?.Sinf is not { } sinf) throw new CencFormatException("a protected sample entry has no sinf box", BoxType.Name(raw.Type), raw.Offset);
        var frma = sinf.Find<FrmaBox>() ?? throw Movie.Missing("frma", sinf);
        var schm = sinf.Find<SchmBox>() ?? throw Movie.Missing("schm", sinf);
        var schi = sinf.Find(BoxType.Schi);
        var piff = schm.SchemeType == BoxType.Piff ? schi?.Find<PiffTencBox>() : null;
        return new TrackEntry(raw, fields)
        {
            Format = frma.DataFormat,
            IsProtected = true,
            SchemeType = piff is null ? schm.SchemeType : (uint)piff.Scheme,
            Defaults = schi?.Find<TencBox>()?.Parameters ?? piff?.Parameters,
        };
    }
}
