using System.Buffers;

namespace DrmHub.Cenc.Bmff;

/// <summary>One sample: where it lies and when it plays; and, once protection was planned, what protects it.</summary>
internal struct MediaSample
{
    /// <summary>From the start of the input.</summary>
    public long Offset;
    public int Size;
    public uint Duration;
    public int CompositionOffset;

    /// <summary>As in <c>trun</c>; <see cref="NonSync"/> is the bit that matters here.</summary>
    public uint Flags;

    /// <summary>Where the sample's auxiliary information starts in that of its track.</summary>
    public int AuxOffset;
    public int AuxSize;

    /// <summary>Number of the key and parameters in use, counted by the track; -1 for a clear sample.</summary>
    public int Protection;

    /// <summary>Sample description index, from 1.</summary>
    public ushort Description;

    public const uint NonSync = 0x00010000;

    public readonly bool IsSync => (Flags & NonSync) == 0;
}

/// <summary>A growing list of samples over pooled memory, used again for each fragment.</summary>
internal sealed class SampleList : IDisposable
{
    // The pool hands out powers of two: of long lists that would waste up to half.
    private const int LongList = 1 << 14;

    private MediaSample[] _items = [];
    private bool _isPooled;

    public int Count { get; private set; }

    public Span<MediaSample> Span => _items.AsSpan(0, Count);

    public void Add(in MediaSample sample)
    {
        if (Count == _items.Length) Grow();
        _items[Count++] = sample;
    }

    public void Clear() => Count = 0;

    /// <summary>Makes room for so many more samples at once.</summary>
    public void Reserve(int more)
    {
        if (Count + more <= _items.Length) return;
        if (more < LongList) Replace(ArrayPool<MediaSample>.Shared.Rent(Count + more), isPooled: true);
        else Replace(new MediaSample[Count + more], isPooled: false);
    }

    public void Dispose()
    {
        Count = 0;
        Replace([], isPooled: false);
    }

    private void Grow() => Replace(ArrayPool<MediaSample>.Shared.Rent(Math.Max(64, Count * 2)), isPooled: true);

    private void Replace(MediaSample[] items, bool isPooled)
    {
        Span.CopyTo(items);
        if (_isPooled) ArrayPool<MediaSample>.Shared.Return(_items);
        (_items, _isPooled) = (items, isPooled);
    }
}
