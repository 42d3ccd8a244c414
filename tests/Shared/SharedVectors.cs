namespace DrmHub.Testing;

/// <summary>The vector collection beside the repository, or beside a folder that holds it. A user's clone has none.</summary>
internal static class SharedVectors
{
    /// <returns>The path of a file or folder of the collection, or null where it is absent.</returns>
    public static string? Find(string relative)
    {
        for (var folder = Directory.GetParent(Repository.Root); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", relative);
            if (File.Exists(path) || Directory.Exists(path)) return path;
        }

        return null;
    }
}
