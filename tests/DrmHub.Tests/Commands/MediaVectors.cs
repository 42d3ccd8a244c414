using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Commands;

/// <summary>Finds media of the vector collection beside the repository; the test is skipped where it is absent.</summary>
internal static class MediaVectors
{
    public static string Get(string name)
    {
        var path = SharedVectors.Find(Path.Combine("vectors", "media", name));
        Skip.If(path is null, "shared vectors are absent");
        return path;
    }
}
