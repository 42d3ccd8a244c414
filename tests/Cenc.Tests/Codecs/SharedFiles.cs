namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>The reference vectors beside the repository; tests that need them are skipped where they are absent.</summary>
internal static class SharedFiles
{
    private static readonly string? s_media = Find();

    public static string Media(string name)
    {
        Skip.If(s_media is null, "The reference media vectors are not here.");
        return Path.Combine(s_media, name);
    }

    private static string? Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (!File.Exists(Path.Combine(directory.FullName, "DrmHub.sln"))) continue;

            // Beside the repository, or beside a folder that holds it.
            for (var parent = directory.Parent; parent is not null; parent = parent.Parent)
            {
                var media = Path.Combine(parent.FullName, "shared", "vectors", "media");
                if (Directory.Exists(media)) return media;
            }
        }

        return null;
    }
}
