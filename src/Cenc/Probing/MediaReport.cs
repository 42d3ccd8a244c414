using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Probing;

/// <summary>What <see cref="MediaProbe"/> found in a file.</summary>
public sealed record MediaReport
{
    /// <summary>True for a fragmented file, false for a progressive one.</summary>
    public required bool IsFragmented { get; init; }

    /// <summary>Number of <c>moof</c> boxes.</summary>
    public required int Fragments { get; init; }

    public required IReadOnlyList<ProbedTrack> Tracks { get; init; }

    /// <summary>The pssh boxes of <c>moov</c>, and the different ones of the fragments with the first place of each; at most <see cref="MediaProbe.MaxBoxes"/>.</summary>
    public required IReadOnlyList<PsshLocation> PsshBoxes { get; init; }
}

/// <summary>A track and its protection.</summary>
public sealed record ProbedTrack
{
    public required TrackDescription Description { get; init; }

    /// <summary>Of all samples that the file tells of, in seconds.</summary>
    public required double Duration { get; init; }

    public required long Samples { get; init; }

    /// <summary>What <c>tenc</c> of the first protected sample description says; null for a clear track.</summary>
    public ProbedProtection? Protection { get; init; }

    /// <summary>Fragments whose samples are clear although the track is protected: the clear lead.</summary>
    public required int ClearFragments { get; init; }

    /// <summary>Keys that sample groups give (key rotation), each with the time in seconds from which it is in use first; at most <see cref="MediaProbe.MaxKeys"/>.</summary>
    public required IReadOnlyList<RotatedKey> RotatedKeys { get; init; }
}

/// <summary>Defaults of a protected track (ISO/IEC 23001-7, 8.2).</summary>
public sealed record ProbedProtection
{
    /// <summary>Four-character code of <c>schm</c>; may be one that this library does not know.</summary>
    public required string Scheme { get; init; }

    /// <summary>All zero where keys come from sample groups alone.</summary>
    public required KeyId DefaultKeyId { get; init; }

    /// <summary>Bytes of each sample's IV: 8 or 16; 0 with a constant IV.</summary>
    public required int IvSize { get; init; }

    /// <summary>8 or 16 bytes, or empty.</summary>
    public required ReadOnlyMemory<byte> ConstantIv { get; init; }

    /// <summary>Blocks encrypted and blocks skipped; 0 and 0 for "all".</summary>
    public required (int Crypt, int Skip) Pattern { get; init; }
}

/// <param name="KeyId">A key id of a sample group.</param>
/// <param name="From">Decoding time in seconds of the first fragment that uses it; 0 in a progressive file.</param>
public sealed record RotatedKey(KeyId KeyId, double From);
