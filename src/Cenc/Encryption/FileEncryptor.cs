using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Encryption;

/// <summary>
/// Encrypts files by Common Encryption (ISO/IEC 23001-7) in the layout that Shaka Packager writes, and keeps every other box of the
/// input. Fragmented files go through as a stream; progressive ones are cut into fragments first and need an input that can seek, or a
/// spool. For segments, give the init segment first and then each media segment to the same object. One object protects one movie; after
/// an exception it is of no more use. Not thread-safe.
/// </summary>
public sealed class FileEncryptor : IDisposable
{
    private readonly EncryptionOptions _options;
    private readonly MovieEncryption _encryption;
    private Movie? _movie;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public FileEncryptor(EncryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _encryption = new MovieEncryption(options);
    }

    /// <summary>Reads <paramref name="input"/> to its end and writes the protected file.</summary>
    /// <param name="input">From its position on.</param>
    /// <param name="output">Segment indexes are rewritten where it can seek and left out where not.</param>
    /// <param name="progress">Told the bytes of input that are done.</param>
    /// <param name="cancellationToken">Stops between boxes; the output is then incomplete.</param>
    /// <exception cref="CencFormatException">Broken input, a track that is protected already, or a codec without a rule.</exception>
    /// <exception cref="ArgumentException">No track has a key, or two tracks would share a key stream.</exception>
    /// <exception cref="InvalidOperationException">A second movie, or a crypto period without a key.</exception>
    public void Encrypt(Stream input, Stream output, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        _movie = MovieRun.Run(input, output, _encryption, _options.FragmentDuration, _options.Limits, _options.OpenSpool, _movie, progress, cancellationToken);
    }

    public void Dispose() => _encryption.Dispose();
}
