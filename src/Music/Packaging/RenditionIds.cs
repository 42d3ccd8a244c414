using System.Security.Cryptography;
using System.Text;
using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>Ids of renditions that the packager makes: the same for the same owner, quality and language, so that making one again replaces it.</summary>
internal static class RenditionIds
{
    private const int MaxLength = 64;

    public static string Of(string ownerId, RenditionQuality quality, string? language)
    {
#pragma warning disable CA1308 // Ids are lower case here.
        var tail = "." + quality.ToString().ToLowerInvariant() + (language is null ? "" : "." + language.ToLowerInvariant());
#pragma warning restore CA1308
        if (ownerId.Length + tail.Length <= MaxLength) return ownerId + tail;
        return "rnd." + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ownerId + tail)))[..40];
    }
}
