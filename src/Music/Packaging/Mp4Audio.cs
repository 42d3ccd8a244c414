using System.Buffers.Binary;
using DrmHub.Cenc;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Music.Packaging;

/// <summary>What an MP4 file says about its sound, read without decoding it.</summary>
internal sealed record Mp4Audio
{
    private const int MaxHeader = 32 << 20;

    /// <summary>RFC 6381: <c>mp4a.40.2</c>, <c>flac</c>, <c>opus</c>; the sample entry's code for anything else.</summary>
    public required string Codec { get; init; }

    public required int SampleRate { get; init; }

    public required int Channels { get; init; }

    /// <summary>Samples per channel in front that players cut off: the encoder's delay, from the edit list or from iTunes' remark.</summary>
    public required long Priming { get; init; }

    /// <summary>Samples per channel behind the last real one.</summary>
    public required long Padding { get; init; }

    /// <summary>Real samples per channel.</summary>
    public required long Samples { get; init; }

    /// <summary>Bits a second of the sound alone.</summary>
    public required int Bitrate { get; init; }

    /// <summary>One sound track, no other, not protected, and no box at the top that does not belong to sound: it can be cut and encrypted as it is.</summary>
    public required bool IsPlain { get; init; }

    public double Seconds => Samples / (double)SampleRate;

    /// <summary>A codec that the tiers are made of.</summary>
    public bool IsDeliverable => Codec is "mp4a.40.2" or "mp4a.40.5" or "mp4a.40.29" or "flac" or "opus";

    /// <param name="input">Seekable; left anywhere.</param>
    /// <exception cref="PackagingException">No MP4 with sound, or a broken one.</exception>
    public static Mp4Audio Read(Stream input)
    {
        try
        {
            input.Position = 0;
            var report = MediaProbe.Read(input);
            input.Position = 0;
            var (moov, foreign) = ReadMovie(input);
            return Read(report, moov, foreign);
        }
        catch (CencFormatException exception)
        {
            throw new PackagingException("audio.broken", $"The MP4 file is broken: {exception.Message}");
        }
    }

    private static Mp4Audio Read(MediaReport report, ContainerBox moov, bool foreign)
    {
        var index = report.Tracks.ToList().FindIndex(track => track.Track.Kind == TrackKind.Audio);
        if (index < 0) throw new PackagingException("audio.unsupported", "The MP4 file has no sound.");
        var found = report.Tracks[index];
        var trak = moov.All(BoxType.Trak).ElementAt(index);
        var entry = trak.Find(BoxType.Mdia)?.Find(BoxType.Minf)?.Find(BoxType.Stbl)?.Find<StsdBox>()?.Entries is [var first, ..] ? first.Payload : default;
        var codec = CodecOf(found.Track.Codec, entry.Span);
        var timescale = found.Track.Timescale;

        // The entry's field has 16 bits, too few for 96 kHz; the media timescale of sound is its sample rate.
        var rate = found.Track.SampleRate is 0 || codec == "flac" ? (int)Math.Min(timescale, 768_000) : found.Track.SampleRate;
        if (rate <= 0 || found.Samples == 0 || found.Seconds <= 0) throw new PackagingException("audio.broken", "The MP4 file has no samples.");
        var total = (long)Math.Round(found.Seconds * rate);
        var (priming, samples) = Trim(moov, trak, timescale, rate, total);
        return new Mp4Audio
        {
            Codec = codec,
            SampleRate = rate,
            Channels = Math.Max(1, found.Track.Channels),
            Priming = priming,
            Samples = samples,
            Padding = total - priming - samples,
            Bitrate = (int)Math.Min(int.MaxValue, found.Bytes * 8 / found.Seconds),
            IsPlain = !foreign && report.Tracks.Count == 1 && found.Protections.Count == 0 && report.PsshBoxes.Count == 0,
        };
    }

    private static (long Priming, long Samples) Trim(ContainerBox moov, ContainerBox trak, uint timescale, int rate, long total)
    {
        var edit = trak.Find(BoxType.Edts)?.Find<ElstBox>()?.Edits.FirstOrDefault(edit => edit.MediaTime >= 0) ?? default;
        var priming = (long)((Int128)edit.MediaTime * rate / timescale);
        if (edit.MediaTime == 0 && edit.SegmentDuration == 0 && ITunesGapless.Find(moov) is { } told && told.Priming + told.Samples <= total) return (told.Priming, told.Samples);
        if (priming > total) throw new PackagingException("audio.broken", "The edit list starts behind the end of the sound.");
        var rest = total - priming;
        var movieTimescale = moov.Find<MvhdBox>()?.Timescale ?? 0;
        if (edit.SegmentDuration == 0 || movieTimescale == 0) return (priming, rest);

        // A movie timescale of milliseconds rounds: a sound whose last sample was shortened to fit is more exact than that.
        var listed = (long)UInt128.Min((UInt128)edit.SegmentDuration * (uint)rate / movieTimescale, long.MaxValue);
        return (priming, rest - listed <= (rate + movieTimescale - 1) / movieTimescale ? rest : listed);
    }

    private static string CodecOf(string format, ReadOnlySpan<byte> entry) => format switch
    {
        "mp4a" => Esds(entry),
        "fLaC" => "flac",
        "Opus" => "opus",
        _ => format,
    };

    /// <summary>Object type of MPEG-4 audio: the first five bits of the decoder's own configuration (ISO/IEC 14496-1, 7.2.6.7; 14496-3, 1.6.2.1).</summary>
    private static string Esds(ReadOnlySpan<byte> entry)
    {
        var at = entry.IndexOf("esds"u8);
        if (at < 0) return "mp4a";
        var box = entry[(at + 4)..];
        var decoder = box.IndexOf((byte)0x04);
        if (decoder < 0 || decoder + 3 > box.Length) return "mp4a";
        for (var i = decoder + 1; i + 2 < box.Length; i++)
        {
            // The length of a descriptor takes one to four bytes, all but the last with the top bit.
            if (box[i] != 0x05) continue;
            var j = i + 1;
            while (j < box.Length && j < i + 5 && (box[j] & 0x80) != 0) j++;
            if (j + 1 >= box.Length || box[j] is < 2 or > 64) continue;
            return (box[j + 1] >> 3) is > 0 and < 31 and var type ? $"mp4a.40.{type}" : "mp4a";
        }

        return "mp4a";
    }

    private static (ContainerBox Moov, bool Foreign) ReadMovie(Stream input)
    {
        ContainerBox? moov = null;
        var foreign = false;
        Span<byte> header = stackalloc byte[16];
        while (input.Position < input.Length)
        {
            var offset = input.Position;
            input.ReadExactly(header[..8]);
            long size = BinaryPrimitives.ReadUInt32BigEndian(header);
            var type = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
            if (size == 1)
            {
                input.ReadExactly(header[8..16]);
                size = (long)Math.Min(long.MaxValue, BinaryPrimitives.ReadUInt64BigEndian(header[8..]));
            }
            else if (size == 0)
            {
                size = input.Length - offset;
            }

            if (size < 8 || size > input.Length - offset) throw new CencFormatException("a box reaches beyond the file", BoxType.Name(type), offset);
            if (type == BoxType.Moov && moov is null)
            {
                if (size > MaxHeader) throw new CencFormatException($"is larger than {MaxHeader} bytes", "moov", offset);
                var bytes = new byte[size];
                input.Position = offset;
                input.ReadExactly(bytes);
                moov = (ContainerBox)Box.Parse(bytes, offset);
            }

            foreign |= type is not (BoxType.Ftyp or BoxType.Styp or BoxType.Moov or BoxType.Moof or BoxType.Mdat or BoxType.Sidx or BoxType.Free or BoxType.Mfra) && BoxType.Name(type) != "skip";
            input.Position = offset + size;
        }

        return (moov ?? throw new CencFormatException("there is no moov box", "file", 0), foreign);
    }
}
