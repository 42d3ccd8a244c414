using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Fuzz;

/// <summary>
/// One input through every reader: the tree and back, the probe, decryption from a seekable stream or a pipe (every other one with a spool), encryption. Nothing but
/// <see cref="CencFormatException"/> may come out, and a tree that was read must write the same bytes.
/// </summary>
internal sealed class FuzzTarget : IDisposable
{
    private static readonly BmffLimits s_tight = new() { MaxBufferedFragmentBytes = 100 };

    private readonly MemoryStream _output = new(1 << 16);
    private readonly BoxWriter _written = new(1 << 16);

    /// <summary>Inputs that some reader refused.</summary>
    public long Refused { get; private set; }

    public void Run(byte[] input, int turn)
    {
        // Every input is decrypted; the other readers take turns, so that more inputs fit into the time.
        var refused = Try(() => Decrypt(input, pipe: turn % 4 == 3, spool: turn % 8 == 3));
        switch (turn % 4)
        {
            case 0:
                refused |= Try(() => ReadAndWrite(input));
                break;
            case 1:
                refused |= Try(() => Encrypt(input, turn % 8 == 1 ? ProtectionScheme.Cenc : ProtectionScheme.Cbcs));
                break;
            case 2:
                refused |= Try(() => MediaProbe.Read(new MemoryStream(input)));
                break;
        }
        if (refused) Refused++;
    }

    public void Dispose() => _output.Dispose();

    private static bool Try(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (CencFormatException)
        {
            return true;
        }
    }

    private void ReadAndWrite(byte[] bytes)
    {
        var input = new MediaInput(new MemoryStream(bytes), BmffLimits.Default, default);
        while (input.TryNext(out var header))
        {
            if (header.Type == BoxType.Mdat)
            {
                input.Skip(header);
                continue;
            }
            var raw = input.ReadBytes(header);
            _written.Clear();
            Box.Parse(raw, header.Offset).Write(_written);
            if (!_written.Written.SequenceEqual(raw)) throw new InvalidOperationException($"{header} is written back with other bytes");
        }
    }

    private void Decrypt(byte[] input, bool pipe, bool spool)
    {
        using var decryptor = new FileDecryptor(new DecryptionOptions
        {
            Keys = _ => MediaFiles.Key,
            Limits = spool ? s_tight : BmffLimits.Default,
            OpenSpool = spool ? () => new MemoryStream() : null,
        });
        _output.SetLength(0);
        using var source = new MemoryStream(input);
        decryptor.Decrypt(pipe ? new Pipe(source) : source, _output);
    }

    private void Encrypt(byte[] input, ProtectionScheme scheme)
    {
        using var encryptor = new FileEncryptor(new EncryptionOptions { Scheme = scheme, Keys = (_, _) => new TrackKey(MediaFiles.KeyId, MediaFiles.Key), AllowCensAudio = true });
        _output.SetLength(0);
        encryptor.Encrypt(new MemoryStream(input), _output);
    }
}

/// <summary>A stream that cannot seek and hands out a few bytes at a time.</summary>
internal sealed class Pipe(Stream inner) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => inner.Read(buffer[..Math.Min(buffer.Length, 1000)]);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
