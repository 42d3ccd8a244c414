using System.Globalization;

namespace DrmHub.Host.Commands;

/// <summary>
/// Runs work from an input to an output, each a file or <c>-</c> for a pipe. An output file appears whole or not at all: the
/// work writes beside it under another name, which is moved over at the end or removed.
/// </summary>
internal static class MediaFiles
{
    private const int BufferSize = 1 << 18;

    public static int Run(string input, string output, Action<Stream, Stream, IProgress<long>> work) => Failures.Guard(() =>
    {
        using (var target = Target.Open(output))
        {
            using (var source = OpenInput(input))
            {
                ProgressBar.Run(source.CanSeek ? source.Length : null, progress => work(source, target.Stream, progress));
            }

            target.Complete();
        }

        return 0;
    });

    public static Stream OpenInput(string input)
    {
        if (input == "-") return Console.OpenStandardInput();
        if (Directory.Exists(input)) throw new IOException($"{input} is a folder.");
        return new FileStream(input, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = BufferSize });
    }

    private sealed class Target : IDisposable
    {
        private readonly string? _path;
        private readonly string? _temporary;
        private bool _complete;

        private Target(Stream stream, string? path, string? temporary)
        {
            (Stream, _path, _temporary) = (stream, path, temporary);

            // After Ctrl+C the host waits two seconds for the work, which may hang in the read of a pipe, and then ends the process.
            AppDomain.CurrentDomain.ProcessExit += Remove;
        }

        public Stream Stream { get; }

        public static Target Open(string output)
        {
            if (output == "-") return new Target(new ForwardOnly(Console.OpenStandardOutput()), null, null);
            if (Directory.Exists(output)) throw new IOException($"{output} is a folder.");
            var path = Path.GetFullPath((File.Exists(output) ? File.ResolveLinkTarget(output, returnFinalTarget: true)?.FullName : null) ?? output);
            // A device is written to: a file in its place would break whatever else uses it.
            if (path.StartsWith("/dev/", StringComparison.Ordinal)) return new Target(new ForwardOnly(new FileStream(path, FileMode.Open, FileAccess.Write)), null, null);
            var folder = Path.GetDirectoryName(path) ?? throw new IOException($"{output} is no file name.");
            if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"The folder of {output} does not exist.");
            var suffix = Path.GetRandomFileName();
            var temporary = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $".{Path.GetFileName(path)}.{suffix}.part"));
            var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = BufferSize });
            return new Target(stream, path, temporary);
        }

        public void Complete()
        {
            Stream.Dispose();
            if (_temporary is not null) File.Move(_temporary, _path!, overwrite: true);
            _complete = true;
            AppDomain.CurrentDomain.ProcessExit -= Remove;
        }

        public void Dispose()
        {
            if (_complete) return;
            try
            {
                Stream.Dispose();
            }
            catch (IOException)
            {
                // The last bytes did not fit: the work failed already, and the file goes.
            }

            Remove(null, EventArgs.Empty);
            AppDomain.CurrentDomain.ProcessExit -= Remove;
        }

        private void Remove(object? sender, EventArgs e)
        {
            if (_temporary is not null && !_complete) File.Delete(_temporary);
        }
    }

    /// <summary>Standard output may be a file that can seek, but not one that is ours alone: it may stand in the middle of other output.</summary>
    private sealed class ForwardOnly(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
