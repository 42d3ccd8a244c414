namespace DrmHub.DrmHub.Tests.Commands;

/// <summary>Finds media of the vector collection beside the repository; the test is skipped where it is absent.</summary>
internal static class MediaVectors
{
    public static string Get(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, "shared", "vectors", "media", name);
            if (File.Exists(path)) return path;
        }

        Skip.If(true, "shared vectors are absent");
        return "";
    }
}
