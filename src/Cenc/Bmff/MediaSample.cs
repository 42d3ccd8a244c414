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
    private MediaSample[] _items = [];

    public int Count { get; private set; }

    public Span<MediaSample> Span => _items.AsSpan(0, Count);

    public void Add(in MediaSample sample)
    {
        if (Count == _items.Length) Grow();
        _items[Count++] = sample;
    }

    public void Clear() => Count = 0;

    public void Dispose()
    {
        if (_items.Length > 0) ArrayPool<MediaSample>.Shared.Return(_items);
        _items = [];
        Count = 0;
    }

    private void Grow()
    {
        var larger = ArrayPool<MediaSample>.Shared.Rent(Math.Max(64, Count * 2));
        Span.CopyTo(larger);
        if (_items.Length > 0) ArrayPool<MediaSample>.Shared.Return(_items);
        _items = larger;
    }
}
