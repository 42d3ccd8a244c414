namespace DrmHub.Cenc.Tests.Pssh;

/// <summary>Finds files of the vector collection beside the repository; tests that need one are skipped where it is absent.</summary>
internal static class SharedFiles
{
    public static string? Find(string relative)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (!File.Exists(Path.Combine(directory.FullName, "DrmHub.sln"))) continue;
            for (var up = directory.Parent; up is not null; up = up.Parent)
            {
                var path = Path.Combine(up.FullName, "shared", relative);
                if (File.Exists(path) || Directory.Exists(path)) return path;
            }

            return null;
        }

        return null;
    }
}
