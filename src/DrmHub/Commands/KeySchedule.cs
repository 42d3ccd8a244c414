using DrmHub.Cenc.Encryption;

namespace DrmHub.Host.Commands;

/// <summary>Which key of the command line a track has in a crypto period: the keys of the most exact label that fits it, in turn.</summary>
internal sealed class KeySchedule(IReadOnlyList<LabeledKey> keys, byte[]? iv, PsshChoice? periodBoxes)
{
    /// <summary>True once a track was asked for: an input without any is no media file.</summary>
    public bool WasAsked { get; private set; }

    public TrackKey? Choose(TrackDescription track, int period)
    {
        WasAsked = true;
        LabeledKey[] turns = [.. keys.Where(key => track.Matches(key.Label)).GroupBy(key => Rank(key.Label)).MinBy(group => group.Key) ?? Enumerable.Empty<LabeledKey>()];
        if (turns.Length == 0) return null;
        var key = turns[period % turns.Length];
        return new TrackKey(key.KeyId, key.Key)
        {
            Iv = iv is null ? (ReadOnlyMemory<byte>?)null : iv, // a bare null would become an empty IV
            PsshBoxes = periodBoxes?.Boxes([key], period) ?? [],
        };
    }

    /// <summary>A track id, then one kind of track, then every video, then everything. Labels of one rank that fit the same track mean the same.</summary>
    private static int Rank(string label) => label.ToUpperInvariant() switch
    {
        "" or "*" => 3,
        "VIDEO" => 2,
        "AUDIO" or "SD" or "HD" or "UHD1" or "UHD2" => 1,
        _ => 0,
    };
}
