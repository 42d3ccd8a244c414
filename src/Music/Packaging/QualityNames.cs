using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>Qualities as keys, deals, addresses and files name them.</summary>
public static class QualityNames
{
    public static string Of(RenditionQuality quality) => quality switch
    {
        RenditionQuality.Preview => "preview",
        RenditionQuality.Low => "low",
        RenditionQuality.High => "high",
        _ => "lossless",
    };

    /// <returns>Null for any other text.</returns>
    public static RenditionQuality? Parse(string? text) => text switch
    {
        "preview" => RenditionQuality.Preview,
        "low" => RenditionQuality.Low,
        "high" => RenditionQuality.High,
        "lossless" => RenditionQuality.Lossless,
        _ => null,
    };
}
