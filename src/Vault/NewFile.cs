using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DrmHub.Vault;

/// <summary>
/// A file that several processes may make at once and that must have one content for ever, such as a key: of all that try, one wins, and nobody
/// ever sees it half-written or another's content at its place.
/// </summary>
/// <remarks>
/// <c>File.Move(…, overwrite: false)</c> is not enough: on Unix it looks whether the target is there and then renames, which replaces a target that came in between.
/// </remarks>
public static partial class NewFile
{
    private const int FileExists = 17;

    /// <summary>Writes <paramref name="content"/> to a new file that its owner alone can read (0600), synced to the disk.</summary>
    /// <returns>False if the file is there already; it is left as it is.</returns>
    /// <exception cref="IOException">It cannot be written there.</exception>
    public static bool TryWrite(string path, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path)) return false;
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.tmp";
        try
        {
            WriteWhole(temporary, content);
            return OperatingSystem.IsWindows() ? TryMove(temporary, path) : TryLink(temporary, path, content);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a file that must not be there yet, readable by its owner alone, and syncs it.</summary>
    internal static void WriteWhole(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(path, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>A hard link is made whole or not at all, and never over another file.</summary>
    private static bool TryLink(string temporary, string path, ReadOnlySpan<byte> content)
    {
        if (Link(temporary, path) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        if (error == FileExists || File.Exists(path)) return false;
        // A file system without hard links: still only one can create it, but a reader may come before it is whole, and is then refused.
        try
        {
            WriteWhole(path, content);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"{path} cannot be made: {new Win32Exception(error).Message}.", exception);
        }
    }

    private static bool TryMove(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string target, string path);
}
