namespace DrmHub.Cenc.Bmff;

/// <summary>
/// The bytes of a range of the input: held in memory, or fetched from a seekable input through a window where there are too many.
/// </summary>
internal sealed class FragmentData
{
    private const int WindowSize = 1 << 20;
    private readonly MediaInput? _input;
    private readonly long _end;
    private byte[] _buffer;
    private long _start;
    private int _length;

    private FragmentData(byte[] buffer, long start, int length, long end, MediaInput? input) =>
        (_buffer, _start, _length, _end, _input) = (buffer, start, length, end, input);

    public static FragmentData InMemory(byte[] buffer, long start, int length) => new(buffer, start, length, start + length, null);

    public static FragmentData Windowed(MediaInput input, long start, long end) => new([], start, 0, end, input);

    /// <summary>True if <see cref="Whole"/> is there.</summary>
    public bool IsInMemory => _input is null;

    public Span<byte> Whole => _buffer.AsSpan(0, _length);

    public bool Contains(long offset, long size) => offset >= (_input?.Origin ?? _start) && offset <= _end && size <= _end - offset;

    /// <summary>Bytes that may be changed in place where they are in memory. Valid until the next call.</summary>
    public Span<byte> Slice(long offset, int size)
    {
        if (!Contains(offset, size)) throw new CencFormatException($"bytes {offset} to {offset + size} are not in the media data", "mdat", _start);
        if (_input is not null && (offset < _start || offset + size > _start + _length)) Fetch(_input, offset, size);
        return _buffer.AsSpan((int)(offset - _start), size);
    }

    private void Fetch(MediaInput input, long offset, int size)
    {
        var wanted = (int)Math.Min(Math.Max(size, WindowSize), _end - offset);
        if (_buffer.Length < wanted) _buffer = new byte[wanted];
        input.Seek(offset);
        _start = offset;
        _length = input.Read(_buffer.AsSpan(0, wanted));
        if (_length < size) throw new CencFormatException($"the input ends at offset {offset + _length}", "mdat", offset);
    }
}
