using DrmHub.Cenc.Encryption;

namespace DrmHub.Host.Commands;

/// <summary>Which key of the command line a track has in a crypto period: the keys of the first label that fits it, in turn.</summary>
internal sealed class KeySchedule(IReadOnlyList<LabeledKey> keys, byte[]? iv, PsshChoice? periodBoxes)
{
    /// <summary>True once a track was asked for: an input without any is no media file.</summary>
    public bool WasAsked { get; private set; }

    public TrackKey? Choose(TrackDescription track, int period)
    {
        WasAsked = true;
        var label = keys.FirstOrDefault(key => track.Matches(key.Label))?.Label;
        if (label is null) return null;
        LabeledKey[] turns = [.. keys.Where(key => key.Label == label)];
        var key = turns[period % turns.Length];
        return new TrackKey(key.KeyId, key.Key)
        {
            Iv = iv is null ? (ReadOnlyMemory<byte>?)null : iv, // a bare null would become an empty IV
            PsshBoxes = periodBoxes?.Boxes([key], period) ?? [],
        };
    }
}
