namespace DrmHub.Testing;

/// <summary>Where the repository lies, seen from a running test.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "DrmHub.sln"))) return folder.FullName;
        throw new InvalidOperationException("DrmHub.sln was not found above the test assembly.");
    }
}
