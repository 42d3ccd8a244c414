using DrmHub.Vault.Audit.Notes;

namespace DrmHub.Vault.Audit;

/// <summary>
/// What this node signed last, in a file outside the database: a database that was restored from a backup must not be signed
/// again with another history.
/// </summary>
internal sealed class SignerGuard(string? path, NoteKey key)
{
    private const string Extension = ".new";

    /// <summary>The last signed checkpoint; null where nothing was signed here or no file is configured.</summary>
    /// <exception cref="AuditFormatException">The file is not a checkpoint by this log's key.</exception>
    public Checkpoint? Read()
    {
        if (path is null || !File.Exists(path)) return null;
        return Checkpoint.Open(File.ReadAllBytes(path), key, out _)
            ?? throw new AuditFormatException($"The file {path} is not a checkpoint that {key.Name} signed. If the log's key was replaced on purpose, move the file away.");
    }

    /// <summary>Durable when this returns: written beside, flushed, renamed.</summary>
    public void Write(SignedNote note) => DurableFile.Replace(path, Extension, note.ToBytes());
}

/// <summary>Replaces a file whole: a reader sees the old or the new one, also after a crash.</summary>
internal static class DurableFile
{
    public static void Replace(string? path, string extension, byte[] content)
    {
        if (path is null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using (var file = new FileStream(path + extension, FileMode.Create, FileAccess.Write))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + extension, path, overwrite: true);
    }
}
