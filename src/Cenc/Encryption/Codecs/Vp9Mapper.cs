namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// VP9 samples: the uncompressed header of each frame stays clear, and so does the index of a superframe; protected ranges are whole blocks
/// in every scheme (VP codec ISO media file format binding, "Common Encryption"; VP9 bitstream specification, annex B).
/// </summary>
internal sealed class Vp9Mapper : SubsampleMapper
{
    private readonly Vp9FrameHeader _headers = new();

    public override bool UsesSubsamples => true;

    public override void Map(ReadOnlySpan<byte> sample, List<Subsample> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (sample.IsEmpty) throw new CencFormatException("A video sample has no bytes.");
        var builder = new SubsampleBuilder(output, align: true);
        var marker = sample[^1];
        var sizeBytes = ((marker >> 3) & 3) + 1;
        var count = (marker & 7) + 1;
        var indexSize = 2 + (count * sizeBytes);
        if ((marker & 0xE0) == 0xC0 && sample.Length >= indexSize && sample[^indexSize] == marker)
        {
            AddSuperframe(ref builder, sample[..^indexSize], sample[^(indexSize - 1)..^1], sizeBytes);
            builder.AddClear(indexSize);
        }
        else
        {
            AddFrame(ref builder, sample);
        }

        builder.Finish();
    }

    private void AddSuperframe(ref SubsampleBuilder builder, ReadOnlySpan<byte> frames, ReadOnlySpan<byte> sizes, int sizeBytes)
    {
        for (; !sizes.IsEmpty; sizes = sizes[sizeBytes..])
        {
            uint size = 0;
            for (var i = sizeBytes - 1; i >= 0; i--) size = (size << 8) | sizes[i];
            if (size == 0 || size > (uint)frames.Length) throw new CencFormatException($"A VP9 superframe has a frame of {size} bytes where {frames.Length} are left.");
            AddFrame(ref builder, frames[..(int)size]);
            frames = frames[(int)size..];
        }

        if (!frames.IsEmpty) throw new CencFormatException($"The index of a VP9 superframe leaves {frames.Length} bytes over.");
    }

    private void AddFrame(ref SubsampleBuilder builder, ReadOnlySpan<byte> frame)
    {
        var header = _headers.Measure(frame);
        builder.AddClear(header);
        builder.AddProtected(frame.Length - header);
    }
}
