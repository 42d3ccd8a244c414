namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>Audio, and video without a subsample rule: every byte of the sample is protected (ISO/IEC 23001-7, 9.4).</summary>
internal sealed class WholeSampleMapper : SubsampleMapper
{
    public override bool UsesSubsamples => false;

    public override void Map(ReadOnlySpan<byte> sample, List<Subsample> output) => ArgumentNullException.ThrowIfNull(output);
}
