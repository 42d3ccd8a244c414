using DrmHub.Cenc;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>
/// What a key of this API is for: a track type, and for video a feature such as HDR, which has keys of its own. In custody its label is <c>HD</c>, or
/// <c>HD_HDR</c>; sound has no video feature, so that HDR and SDR share it.
/// </summary>
internal readonly record struct WidevineTrack(TrackType Type, string? Feature)
{
    private const char Separator = '_';

    public string Label => Feature is null ? Type.ToName() : Type.ToName() + Separator + Feature;

    public static WidevineTrack Of(TrackType type, string? feature) => new(type, type == TrackType.Audio ? null : feature);

    /// <returns>Null for a label that this API cannot ask for: one of SPEKE's, or of PlayReady packaging.</returns>
    public static WidevineTrack? Parse(string label)
    {
        var end = label.IndexOf(Separator, StringComparison.Ordinal);
        if (!TrackTypes.TryParse(end < 0 ? label : label[..end], out var type)) return null;
        if (end < 0) return new WidevineTrack(type, null);
        return type != TrackType.Audio && end + 1 < label.Length ? new WidevineTrack(type, label[(end + 1)..]) : null;
    }
}
