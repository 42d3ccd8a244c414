using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>How much of a message is read at all.</summary>
internal static class ErnLimits
{
    public const int MaxRecordings = 5_000;
    public const int MaxDeals = 5_000;

    public static readonly XmlLimits Xml = new(MaxCharacters: 32 << 20, MaxElements: 1_000_000, MaxDepth: 40, MaxText: 32 * 1024);
}
