using DrmHub.Cenc.Encryption.Codecs;

namespace DrmHub.Cenc.Encryption;

/// <summary>
/// Finds what of each sample of a track is protected (ISO/IEC 23001-7, 9.5). Feed it every sample in decoding order, those that stay
/// clear too: parameter sets and the reference state of AV1 and VP9 come from earlier samples. One mapper per track; not thread-safe.
/// </summary>
public abstract class SubsampleMapper
{
    private protected SubsampleMapper()
    {
    }

    /// <summary>False where whole samples are protected: then <see cref="Map"/> adds nothing and <c>senc</c> has no subsample entries.</summary>
    public abstract bool UsesSubsamples { get; }

    /// <param name="sampleEntryType">The type of the sample entry, of the original format if it is protected: <c>avc1</c>, <c>mp4a</c>….</param>
    /// <param name="codecConfiguration">Payload of <c>avcC</c>, <c>hvcC</c>, <c>av1C</c> or <c>vpcC</c>; ignored for audio.</param>
    /// <param name="scheme">cbcs protects up to the last byte; the others align ranges to 16 bytes.</param>
    /// <param name="options">Null for <see cref="SubsampleOptions.Default"/>.</param>
    /// <exception cref="CencFormatException">The type is unknown, or the configuration broken.</exception>
    public static SubsampleMapper Create(
        string sampleEntryType, ReadOnlySpan<byte> codecConfiguration, ProtectionScheme scheme, SubsampleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sampleEntryType);
        if (!Enum.IsDefined(scheme)) throw new ArgumentOutOfRangeException(nameof(scheme));
        options ??= SubsampleOptions.Default;
        var align = scheme != ProtectionScheme.Cbcs;
        return sampleEntryType switch
        {
            "avc1" or "avc2" or "avc3" or "avc4" or "dva1" or "dvav" => new AvcMapper(codecConfiguration, align),
            "hvc1" or "hev1" or "hvc2" or "hev2" or "dvh1" or "dvhe" => new HevcMapper(codecConfiguration, align, options),
            "av01" or "dav1" => new Av1Mapper(codecConfiguration, align),
            "vp09" when options.Vp9Subsamples => new Vp9Mapper(),
            "vp08" or "vp09" => new WholeSampleMapper(),
            "mp4a" or "ac-3" or "ec-3" or "ac-4" or "Opus" or "fLaC" or "alac" => new WholeSampleMapper(),
            "dtsc" or "dtse" or "dtsh" or "dtsl" or "dtsx" or "mha1" or "mha2" or "mhm1" or "mhm2" or "iamf" => new WholeSampleMapper(),
            _ => throw new CencFormatException($"No rule says which bytes of a '{sampleEntryType}' sample are protected."),
        };
    }

    /// <summary>Appends the subsamples of the next sample; their sum is its size. Nothing is appended where whole samples are protected.</summary>
    /// <param name="sample">All bytes of the sample, in the clear.</param>
    /// <param name="output">At least one entry is added for a video sample, (size, 0) where all of it stays clear.</param>
    /// <exception cref="CencFormatException">The sample cannot be parsed; the mapper's state is then undefined.</exception>
    public abstract void Map(ReadOnlySpan<byte> sample, List<Subsample> output);
}
