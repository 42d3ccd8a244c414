namespace DrmHub.Cenc.Encryption;

/// <summary>Choices of <see cref="SubsampleMapper"/> where packagers differ; the defaults follow the specifications.</summary>
public sealed record SubsampleOptions
{
    public static readonly SubsampleOptions Default = new();

    /// <summary>
    /// Read HEVC slice headers as Shaka Packager 3.4.2, Bento4 and GPAC do: where the PPS disables deblocking and the slice says nothing,
    /// they expect slice_loop_filter_across_slices_enabled_flag, which ITU-T H.265, 7.3.6.1 leaves out, and some headers come out a byte
    /// longer. For output identical to theirs; off by default, because Apple's players derive the ranges from the slice header.
    /// </summary>
    public bool ShakaHevcDeblocking { get; init; }

    /// <summary>Leave the uncompressed header of VP9 frames clear, as the VP codec binding asks. Off: whole samples. On by default.</summary>
    public bool Vp9Subsamples { get; init; } = true;

    /// <summary>Refuse HEVC slices of enhancement layers (nuh_layer_id above 0). Off: they stay clear. Off by default.</summary>
    public bool RefuseHevcLayers { get; init; }
}
