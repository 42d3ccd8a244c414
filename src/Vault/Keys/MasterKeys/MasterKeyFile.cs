using System.Security.Cryptography;
using System.Text;

namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>
/// The local master keys in a file that its owner alone can read (0600): one key a line, <c>drmhub-master-v1</c> and 32 bytes in
/// base64, newest first; lines that start with <c>#</c> are comments. It is replaced whole, by a rename, and synced.
/// </summary>
public sealed class MasterKeyFile
{
    private const string Label = "drmhub-master-v1 ";
    private const long MaxFileSize = 64 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public MasterKeyFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
    }

    public string Path { get; }

    public bool Exists => File.Exists(Path);

    /// <summary>Writes a first, random key, unless the file is there already: of two nodes that start at once, both use the same.</summary>
    /// <returns>True if this call wrote it.</returns>
    public bool CreateIfMissing()
    {
        if (Exists) return false;
        var key = NewKey();
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
            return NewFile.TryWrite(Path, Encode([key]));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Adds a new random key in front: from now on it wraps.</summary>
    /// <returns>Its id.</returns>
    public string Add()
    {
        var key = NewKey();
        Add(key);
        return LocalMasterKey.IdOf(key);
    }

    /// <summary>Puts a key in front, for a restore; if it is there already, moves it to the front.</summary>
    /// <exception cref="MasterKeyException">Another process is changing the file.</exception>
    public void Add(ReadOnlySpan<byte> key)
    {
        var pinned = GC.AllocateUninitializedArray<byte>(LocalMasterKey.Size, pinned: true);
        key.CopyTo(pinned);
        var id = LocalMasterKey.IdOf(pinned);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        using var change = Hold();
        var others = Exists ? Read().Where(other => LocalMasterKey.IdOf(other) != id) : [];
        Replace([pinned, .. others]);
    }

    /// <summary>Forgets all keys but those named. What a forgotten key wrapped is lost: callers check first.</summary>
    public void Keep(IReadOnlySet<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var change = Hold();
        var kept = Read().Where(key => ids.Contains(LocalMasterKey.IdOf(key))).ToArray();
        if (kept.Length == 0) throw new MasterKeyException("No master key would be left.");
        Replace(kept);
    }

    /// <summary>The keys, newest first, each in a pinned array.</summary>
    /// <exception cref="MasterKeyException">The file is missing, readable by others, or not of this form.</exception>
    public IReadOnlyList<byte[]> Read()
    {
        var info = new FileInfo(Path);
        if (!info.Exists) throw new MasterKeyException($"There is no master key file {Path}. If it was lost, restore it from its backup or its shares (drmhub keys combine).");
        if (!OperatingSystem.IsWindows() && (info.UnixFileMode & ~OwnerOnly) != 0)
            throw new MasterKeyException($"The master key file {Path} can be used by others than its owner. Set its mode to 600.");
        if (info.Length > MaxFileSize) throw new MasterKeyException($"The master key file {Path} is too large.");

        var keys = new List<byte[]>();
        foreach (var line in File.ReadLines(Path).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var key = GC.AllocateUninitializedArray<byte>(LocalMasterKey.Size, pinned: true);
            if (!line.StartsWith(Label, StringComparison.Ordinal) || !Convert.TryFromBase64String(line[Label.Length..], key, out var written) || written != key.Length)
                throw new MasterKeyException($"The master key file {Path} has a line that is not a master key.");
            keys.Add(key);
        }

        return keys;
    }

    private static byte[] NewKey()
    {
        var key = GC.AllocateUninitializedArray<byte>(LocalMasterKey.Size, pinned: true);
        RandomNumberGenerator.Fill(key);
        return key;
    }

    /// <summary>Of two processes that change the file at once, one would write over the key that the other added.</summary>
    private FileStream Hold()
    {
        try
        {
            return new FileStream(Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"The master key file {Path} is being changed by another process, or {Path}.lock cannot be made. Try again.", exception);
        }
    }

    private static byte[] Encode(IReadOnlyList<byte[]> keys)
    {
        var text = new StringBuilder("# DrmHub master keys, newest first. Whoever reads this opens every content key; without it none opens.\n");
        foreach (var key in keys) text.Append(Label).Append(Convert.ToBase64String(key)).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private void Replace(IReadOnlyList<byte[]> keys)
    {
        var temporary = $"{Path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.tmp";
        try
        {
            NewFile.WriteWhole(temporary, Encode(keys));
            File.Move(temporary, Path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
