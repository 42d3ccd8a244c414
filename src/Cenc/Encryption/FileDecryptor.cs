using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Encryption;

/// <summary>How to decrypt a file.</summary>
public sealed record DecryptionOptions
{
    /// <summary>The key of a key id; null if there is none. The keys stay the caller's.</summary>
    public required Func<KeyId, ContentKey?> Keys { get; init; }

    /// <summary>
    /// cens audio whose last partial block is encrypted, as ffmpeg, Bento4 and GPAC write it. Off by default: Shaka Packager leaves it clear,
    /// and the file does not say which it is.
    /// </summary>
    public bool CensIncludesPartialBlock { get; init; }

    /// <summary>
    /// Opens an empty stream that can be written, read, sought and cut, for input that cannot seek and must be read twice: a progressive file,
    /// which is spooled whole, or a fragment above <see cref="BmffLimits.MaxBufferedFragmentBytes"/>. It is called at most once for an
    /// input, and what it opened is disposed with it. Null, the default, refuses such input.
    /// </summary>
    public Func<Stream>? OpenSpool { get; init; }

    /// <summary>Bounds on hostile input.</summary>
    public BmffLimits Limits { get; init; } = BmffLimits.Default;
}

/// <summary>
/// Decrypts Common Encryption files (ISO/IEC 23001-7), whoever made them: fragmented ones as a stream, progressive ones from an input that
/// can seek, or by a spool. What comes out is a clear file with the same samples. For segments, give the init segment first (its output may be
/// <see cref="Stream.Null"/>) and then each media segment to the same object. Not thread-safe.
/// </summary>
public sealed class FileDecryptor : IDisposable
{
    private readonly DecryptionOptions _options;
    private readonly MovieDecryption _decryption;
    private Movie? _movie;

    public FileDecryptor(DecryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _decryption = new MovieDecryption(options.Keys, options.CensIncludesPartialBlock);
    }

    /// <summary>Reads <paramref name="input"/> to its end and writes the clear file.</summary>
    /// <param name="input">From its position on. Progressive files, and fragments above the memory limit, need a stream that can seek, or a spool.</param>
    /// <param name="output">Segment indexes are kept where it can seek and left out where not.</param>
    /// <param name="progress">Told the bytes of input that are done.</param>
    /// <param name="cancellationToken">Stops between boxes and blocks; the output is then incomplete.</param>
    /// <exception cref="CencFormatException">Broken input, an unsupported scheme, or a key id without a key, which the message names.</exception>
    public void Decrypt(Stream input, Stream output, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        using var spool = new PipeSpool(_options.OpenSpool);
        var source = new MediaInput(spool.Ready(input, _options.Limits, progress, cancellationToken), _options.Limits, cancellationToken);
        using var target = new MediaOutput(output);
        var layout = source.CanSeek ? FileLayout.Scan(source) : null;
        if (layout is { Moov: { } moov, IsFragmented: false })
        {
            new ProgressiveRewriter(source, target, _decryption, progress).Run(layout, moov);
            return;
        }
        using var rewriter = new MovieRewriter(source, target, _decryption, spool, progress) { FragmentsToIndex = layout?.FragmentsWithoutIndex ?? 0 };
        if (_movie is not null && layout?.Moov is null) rewriter.Continue(_movie);
        rewriter.Run();
        _movie = rewriter.Movie;
    }

    public void Dispose() => _decryption.Dispose();
}
