using System.Buffers.Binary;

namespace DrmHub.Music.Packaging;

/// <summary>What the header of a FLAC, WAV or Ogg file says; for MP3 nothing, and everything comes from decoding it.</summary>
/// <param name="SampleRate">0 where the header does not say.</param>
/// <param name="Channels">0 where it does not say.</param>
/// <param name="Seconds">Null where it does not say.</param>
internal sealed record SourceHeader(int SampleRate, int Channels, double? Seconds)
{
    /// <summary>Of a FLAC file: MD5 in hex over its samples, little-endian and of <see cref="Bits"/> each; null where the encoder left it out.</summary>
    public string? Md5 { get; init; }

    public int Bits { get; init; }

    private static readonly SourceHeader Unknown = new(0, 0, null);
    private const int MaxHead = 64 * 1024;

    /// <exception cref="PackagingException"><c>audio.unsupported</c>, <c>audio.broken</c>.</exception>
    public static SourceHeader Read(AudioSource source)
    {
        using var stream = File.OpenRead(source.Path);
        var head = new byte[(int)Math.Min(MaxHead, source.Length)];
        stream.ReadExactly(head);
        return Parse(head, source.Container, source.Length);
    }

    /// <param name="head">The first bytes of the file, 64 KB at most.</param>
    /// <param name="length">Of the whole file.</param>
    public static SourceHeader Parse(ReadOnlySpan<byte> head, AudioContainer container, long length) => container switch
    {
        AudioContainer.Flac => Flac(head),
        AudioContainer.Wave => Wave(head, length),
        AudioContainer.Ogg => Opus(head),
        _ => Unknown,
    };

    /// <summary>STREAMINFO comes first (RFC 9639, 8.2): rate in 20 bits, channels in 3, bits in 5, samples in 36.</summary>
    private static SourceHeader Flac(ReadOnlySpan<byte> head)
    {
        if (head.Length < 42 || (head[4] & 0x7F) != 0) throw Broken("The FLAC file does not begin with its stream information.");
        var packed = BinaryPrimitives.ReadUInt64BigEndian(head[18..]);
        var rate = (int)(packed >> 44);
        if (rate == 0) throw Broken("The FLAC file has a sample rate of 0.");
        var samples = (long)(packed & 0xF_FFFF_FFFF);
        return new SourceHeader(rate, (int)((packed >> 41) & 7) + 1, samples == 0 ? null : samples / (double)rate)
        {
            Bits = (int)((packed >> 36) & 31) + 1,
            Md5 = head[26..42].ContainsAnyExcept((byte)0) ? Convert.ToHexStringLower(head[26..42]) : null,
        };
    }

    private static SourceHeader Wave(ReadOnlySpan<byte> head, long length)
    {
        SourceHeader? format = null;
        var bytesPerSecond = 0u;
        for (var at = 12; at + 8 <= head.Length;)
        {
            long size = BinaryPrimitives.ReadUInt32LittleEndian(head[(at + 4)..]);
            var name = head.Slice(at, 4);
            if (name.SequenceEqual("fmt "u8) && size >= 16 && at + 24 <= head.Length)
            {
                var chunk = head[(at + 8)..];
                var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
                bytesPerSecond = BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]);
                if (rate is 0 or > 768_000 || bytesPerSecond == 0) throw Broken("The WAV file has no sensible sample rate.");
                format = new SourceHeader((int)rate, BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]), null);
            }
            else if (name.SequenceEqual("data"u8))
            {
                if (format is null) break;

                // All ones: the size was not known when it was written.
                if (size is 0 or uint.MaxValue) return format;
                if (size > length - at - 8) throw Broken("The WAV file ends before its data does.");
                return format with { Seconds = size / (double)bytesPerSecond };
            }

            var next = at + 8 + size + (size & 1);
            if (next > head.Length) break;
            at = (int)next;
        }

        return format ?? throw Broken("The WAV file has no format.");
    }

    /// <summary>The first page holds the identification header alone (RFC 7845, 5.1).</summary>
    private static SourceHeader Opus(ReadOnlySpan<byte> head)
    {
        if (head.Length < 47 || !head[28..36].SequenceEqual("OpusHead"u8)) throw new PackagingException("audio.unsupported", "The Ogg file holds something other than Opus.");
        return new SourceHeader(48_000, head[37], null);
    }

    private static PackagingException Broken(string message) => new("audio.broken", message);
}
