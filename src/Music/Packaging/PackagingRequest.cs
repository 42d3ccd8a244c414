using DrmHub.Cenc;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>A file to package, and for whom.</summary>
public sealed record PackagingRequest
{
    public required string Path { get; init; }

    /// <summary>The recording or episode; the catalogue has it.</summary>
    public required string OwnerId { get; init; }

    /// <summary>Under which its keys are kept.</summary>
    public required string ContentId { get; init; }

    /// <summary>Language of the words, where one title has several language tracks: each has renditions and keys of its own.</summary>
    public string? Language { get; init; }

    public ProtectionScheme Scheme { get; init; } = ProtectionScheme.Cbcs;

    /// <summary>Tiers to make, as far as the source is good enough.</summary>
    public IReadOnlySet<RenditionQuality> Tiers { get; init; } = new HashSet<RenditionQuality> { RenditionQuality.Preview, RenditionQuality.Low, RenditionQuality.High, RenditionQuality.Lossless };

    /// <summary>The input is this rendition already: nothing is encoded, and nothing else is made of it.</summary>
    public RenditionQuality? As { get; init; }

    /// <summary>Where the preview starts, in seconds; null: at 30 s, earlier in a short recording.</summary>
    public double? PreviewStart { get; init; }

    /// <summary>Decode it once to measure loudness, and so to find damage. Off, damage inside the sound goes unnoticed.</summary>
    public bool Measure { get; init; } = true;
}

/// <summary>How far a file is.</summary>
/// <param name="Step">What is being done: <c>read</c>, <c>measure</c>, or a tier.</param>
/// <param name="Fraction">Of this step, 0 to 1.</param>
public readonly record struct PackagingProgress(string Step, double Fraction);

/// <summary>What came of a file.</summary>
/// <param name="Made">Renditions that were made now.</param>
/// <param name="Kept">Renditions that were there.</param>
/// <param name="Remarks">What was left out, and why.</param>
public sealed record PackagingResult(IReadOnlyList<Rendition> Made, IReadOnlyList<Rendition> Kept, IReadOnlyList<string> Remarks);
