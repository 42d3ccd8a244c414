namespace DrmHub.Host.Commands;

/// <summary>
/// A temporary file for input from a pipe that must be read twice. Nobody else can open it, and it goes with the process however that
/// ends, because it may hold clear media.
/// </summary>
internal sealed class SpoolFile(string path) : FileStream(path, Options())
{
    public static Stream Open()
    {
        var path = Path.Combine(Path.GetTempPath(), $"drmhub.{Path.GetRandomFileName()}.part");
        try
        {
            var stream = new SpoolFile(path);
            // Without a name the file is gone with its last handle, even where the process is killed. Windows has DeleteOnClose for that.
            if (!OperatingSystem.IsWindows()) File.Delete(path);
            return stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
    }

    // A span comes here too: that is what the framework does for whoever overrides.
    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            base.Write(buffer, offset, count);
        }
        catch (IOException e)
        {
            throw Failure(e);
        }
    }

    private static IOException Failure(Exception e)
    {
        // The framework adds the name of the file, which says nothing to who piped.
        var end = e.Message.IndexOf(" : '", StringComparison.Ordinal);
        var reason = (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.');
        return new IOException($"Media from this pipe must be read twice and is kept in {Path.GetTempPath()} meanwhile, which failed: {reason}. TMPDIR names another folder.", e);
    }

    // Unbuffered: blocks come large, and a full disk shows at once and not when the file is closed.
    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, BufferSize = 0, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
