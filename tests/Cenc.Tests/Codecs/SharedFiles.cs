using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>The reference vectors beside the repository; tests that need them are skipped where they are absent.</summary>
internal static class SharedFiles
{
    private static readonly string? s_media = SharedVectors.Find("vectors/media");

    public static string Media(string name)
    {
        Skip.If(s_media is null, "The reference media vectors are not here.");
        return Path.Combine(s_media, name);
    }
}
