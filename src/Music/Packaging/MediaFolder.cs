using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Packaging;

/// <summary>The folder under which packaged media lie. Names are relative, from the catalogue, and never lead out of it.</summary>
public sealed class MediaFolder
{
    private readonly string _root;

    /// <param name="path">Made where it does not exist.</param>
    public MediaFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _root = Path.GetFullPath(path);
    }

    /// <returns>Null where the name is not plain, a link is on its way, or there is no such file.</returns>
    public string? Find(string? name)
    {
        if (name is null || !MusicPath.IsPlain(name)) return null;
        var path = _root;
        foreach (var part in name.Split('/'))
        {
            // A link, wherever on the way, may lead anywhere: the packager makes none.
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null) return null;
        }

        return File.Exists(path) ? path : null;
    }

    /// <summary>Where a file of an owner goes; its folder is made.</summary>
    internal string Prepare(string name)
    {
        if (!MusicPath.IsPlain(name)) throw new ArgumentException("A media file's name is relative, with forward slashes and without '..'.", nameof(name));
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>A folder for unfinished work on the same disk, so that a finished file is moved in one step. Its owner removes it.</summary>
    internal string CreateWorkFolder()
    {
        // What an ended process left is nobody's: a day is longer than any work takes.
        var all = Directory.CreateDirectory(Path.Combine(_root, ".work"));
        foreach (var old in all.EnumerateDirectories().Where(folder => folder.LastWriteTimeUtc < TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1))) old.Delete(recursive: true);
        return all.CreateSubdirectory(Path.GetRandomFileName()).FullName;
    }
}
