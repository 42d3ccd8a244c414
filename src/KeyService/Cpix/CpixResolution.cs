using DrmHub.Cenc;

namespace DrmHub.KeyService.Cpix;

/// <summary>How many keys the usage rules name for a track.</summary>
public enum CpixOutcome
{
    /// <summary>No rule matches: the track is not encrypted by this document.</summary>
    None,
    One,

    /// <summary>Rules name different keys, which CPIX forbids: nothing may be encrypted.</summary>
    Ambiguous,
}

/// <summary>The answer to "which key is for this track at this moment", with the rules that led to it.</summary>
/// <param name="Outcome">None, one, or ambiguous.</param>
/// <param name="Key">The key, for <see cref="CpixOutcome.One"/>.</param>
/// <param name="Kids">Every key id that matched.</param>
/// <param name="Rules">The rules that matched.</param>
/// <param name="UnusableRules">Rules that were left out, so that "none" can be told from "unknown".</param>
public sealed record CpixResolution(
    CpixOutcome Outcome,
    CpixContentKey? Key,
    IReadOnlyList<KeyId> Kids,
    IReadOnlyList<CpixUsageRule> Rules,
    IReadOnlyList<CpixUsageRule> UnusableRules);
