using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Encryption;

/// <summary>The key of a track, or of one crypto period of it.</summary>
/// <param name="KeyId">What players ask a licence for.</param>
/// <param name="Key">Stays the caller's; must live until encryption is done.</param>
public sealed record TrackKey(KeyId KeyId, ContentKey Key)
{
    /// <summary>
    /// IV of the first sample: 8 or 16 bytes (cbcs: 16). Null for a random one, 8 bytes in cenc and cens, 16 in cbc1 and cbcs. Two tracks
    /// of one key must not start at the same IV in cenc and cens: that is refused, because it would give the content away.
    /// </summary>
    public ReadOnlyMemory<byte>? Iv { get; init; }

    /// <summary>Whole <c>pssh</c> boxes for the fragments of this crypto period. Without key rotation they belong into <see cref="EncryptionOptions.PsshBoxes"/>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> PsshBoxes { get; init; } = [];
}

/// <summary>How to encrypt a file.</summary>
public sealed record EncryptionOptions
{
    public required ProtectionScheme Scheme { get; init; }

    /// <summary>
    /// The key of a track in a crypto period (0 for all of it without rotation). Null leaves the track clear; it must then do so in every
    /// period. See <see cref="KeysByLabel"/>.
    /// </summary>
    public required Func<TrackDescription, int, TrackKey?> Keys { get; init; }

    /// <summary>For video in cens and cbcs. Default 1:9; ffmpeg cannot read patterns that encrypt more than one block. Audio has 0:0.</summary>
    public EncryptionPattern VideoPattern { get; init; } = EncryptionPattern.Video;

    /// <summary>Length of a crypto period for key rotation, above zero; null for one key. Fragments keep one key each.</summary>
    public TimeSpan? CryptoPeriod { get; init; }

    /// <summary>Time at the start that stays clear, rounded up to whole fragments. Default none.</summary>
    public TimeSpan ClearLead { get; init; }

    /// <summary>Length of the fragments that a progressive file is cut into, above zero; video is cut at sync samples. Default 2 s.</summary>
    public TimeSpan FragmentDuration { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whole <c>pssh</c> boxes for the end of <c>moov</c>, in this order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> PsshBoxes { get; init; } = [];

    /// <summary>Choices where packagers differ about which bytes are protected.</summary>
    public SubsampleOptions Subsamples { get; init; } = SubsampleOptions.Default;

    /// <summary>
    /// Allow cens audio whose samples are not whole blocks. Off by default, because packagers disagree on the last partial block: this
    /// library leaves it clear as Shaka Packager does, ffmpeg, Bento4 and GPAC encrypt it.
    /// </summary>
    public bool AllowCensAudio { get; init; }

    /// <summary>Leave out <c>udta</c> and <c>meta</c> of the movie and its tracks: tags and pictures that whoever made the file put there. Off by default.</summary>
    public bool DropMetadata { get; init; }

    /// <summary>
    /// Opens an empty stream that can be written, read, sought and cut, for input that cannot seek and must be read twice: a progressive file,
    /// which is spooled whole, or a fragment above <see cref="BmffLimits.MaxBufferedFragmentBytes"/>. It is called at most once for an
    /// input, and what it opened is disposed with it. Null, the default, refuses such input.
    /// </summary>
    public Func<Stream>? OpenSpool { get; init; }

    /// <summary>Bounds on hostile input.</summary>
    public BmffLimits Limits { get; init; } = BmffLimits.Default;

    /// <summary>Keys chosen by label (see <see cref="TrackDescription.Matches"/>); the first that matches is taken. For one period.</summary>
    public static Func<TrackDescription, int, TrackKey?> KeysByLabel(IReadOnlyList<(string? Label, TrackKey Key)> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return (track, _) =>
        {
            foreach (var (label, key) in keys)
            {
                if (track.Matches(label)) return key;
            }
            return null;
        };
    }

    internal void Validate()
    {
        if (!Enum.IsDefined(Scheme)) throw new ArgumentException($"Scheme {Scheme} is unknown.");
        ArgumentNullException.ThrowIfNull(Keys);
        if (CryptoPeriod is { } period && period <= TimeSpan.Zero) throw new ArgumentException("A crypto period must be longer than zero.");
        if (ClearLead < TimeSpan.Zero) throw new ArgumentException("A clear lead must not be negative.");
        if (FragmentDuration <= TimeSpan.Zero) throw new ArgumentException("A fragment must be longer than zero.");
        if (VideoPattern.CryptBlocks > 15 || VideoPattern.SkipBlocks > 15 || VideoPattern is { CryptBlocks: 0, SkipBlocks: > 0 })
            throw new ArgumentException("A pattern encrypts 1 to 15 blocks and skips 0 to 15, or is 0:0.");
        foreach (var pssh in PsshBoxes) CheckPssh(pssh);
    }

    internal static void CheckPssh(ReadOnlyMemory<byte> pssh)
    {
        try
        {
            if (Box.Parse(pssh).Type == BoxType.Pssh) return;
        }
        catch (CencFormatException e)
        {
            throw new ArgumentException($"A pssh box is broken: {e.Message}", e);
        }
        throw new ArgumentException("What is given as a pssh box is another box.");
    }
}
