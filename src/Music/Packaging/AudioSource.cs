namespace DrmHub.Music.Packaging;

/// <summary>What a file is, by its first bytes. Its name says nothing.</summary>
internal enum AudioContainer
{
    Mp4,
    Flac,
    Wave,
    Ogg,
    Mp3,
}

/// <summary>An input that passed the door: a plain file of a known kind, not too large.</summary>
/// <param name="Path">Absolute.</param>
internal sealed record AudioSource(string Path, AudioContainer Container, long Length)
{
    private const int HeadBytes = 64;

    /// <summary>The one demuxer that ffmpeg may use: playlists, concatenations and whatever else it would guess are out of reach.</summary>
    public string Demuxer => Container switch
    {
        AudioContainer.Mp4 => "mov",
        AudioContainer.Flac => "flac",
        AudioContainer.Wave => "wav",
        AudioContainer.Ogg => "ogg",
        _ => "mp3",
    };

    /// <exception cref="PackagingException">No such file, no audio that is known here, or too large.</exception>
    public static AudioSource Open(string path, PackagingLimits limits)
    {
        var full = System.IO.Path.GetFullPath(path);
        var info = new FileInfo(full);
        if (!info.Exists) throw new PackagingException("audio.file", Directory.Exists(full) ? "It is a folder." : "There is no such file.");

        // A named pipe or a device would be read for ever.
        if ((info.Attributes & (FileAttributes.Device | FileAttributes.Directory)) != 0 || (!OperatingSystem.IsWindows() && info.UnixFileMode == UnixFileMode.None && info.Length == 0))
            throw new PackagingException("audio.file", "It is no plain file.");
        if (info.Length > limits.MaxInputBytes) throw new PackagingException("audio.too_large", $"It has {info.Length} bytes; the limit is {limits.MaxInputBytes}.");
        if (info.Length < HeadBytes) throw new PackagingException("audio.unsupported", "It is too short to be audio.");
        Span<byte> head = stackalloc byte[HeadBytes];
        using (var stream = info.OpenRead()) stream.ReadExactly(head);
        return Detect(head) is { } container ? new AudioSource(full, container, info.Length)
            : throw new PackagingException("audio.unsupported", "It is neither AAC in MP4 nor FLAC, WAV, Opus or MP3.");
    }

    /// <summary>By the magic bytes of each format; null for anything else.</summary>
    public static AudioContainer? Detect(ReadOnlySpan<byte> head)
    {
        if (head.Length < 16) return null;
        if (head[4..8].SequenceEqual("ftyp"u8)) return AudioContainer.Mp4;
        if (head.StartsWith("fLaC"u8)) return AudioContainer.Flac;
        if ((head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8)) && head[8..12].SequenceEqual("WAVE"u8)) return AudioContainer.Wave;
        if (head.StartsWith("OggS"u8)) return AudioContainer.Ogg;

        // ID3v2 stands before MP3 frames; without it the frame sync of MPEG audio, layer III (ISO/IEC 11172-3, 2.4.1.3).
        if (head.StartsWith("ID3"u8)) return AudioContainer.Mp3;
        return head[0] == 0xFF && (head[1] & 0xE0) == 0xE0 && (head[1] & 0x18) != 0x08 && (head[1] & 0x06) == 0x02 ? AudioContainer.Mp3 : null;
    }
}
