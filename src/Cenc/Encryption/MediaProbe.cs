using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

/// <summary>The protection of a sample description, or of a key rotation group.</summary>
public sealed record ProtectionDescription
{
    /// <summary>cenc, cens, cbc1, cbcs, or whatever code the file has.</summary>
    public required string Scheme { get; init; }

    /// <summary>All zero where keys come from sample groups.</summary>
    public required KeyId KeyId { get; init; }

    /// <summary>Bytes of each sample's IV: 8 or 16; 0 where it is constant.</summary>
    public required int IvSize { get; init; }

    /// <summary>8 or 16 bytes where the IV is constant; else empty.</summary>
    public ReadOnlyMemory<byte> ConstantIv { get; init; }

    public EncryptionPattern Pattern { get; init; }
}

/// <summary>A track of a file, with its protection.</summary>
public sealed record TrackReport
{
    public required TrackDescription Track { get; init; }

    /// <summary>One for each protected sample description; empty for a clear track.</summary>
    public IReadOnlyList<ProtectionDescription> Protections { get; init; } = [];

    /// <summary>A clear description beside a protected one: the file has, or may have, a clear lead.</summary>
    public bool HasClearDescription { get; init; }

    /// <summary>Keys of sample groups in the order of their first use; more than one means key rotation.</summary>
    public IReadOnlyList<ProtectionDescription> Groups { get; init; } = [];

    public long Samples { get; init; }

    /// <summary>Bytes of all samples.</summary>
    public long Bytes { get; init; }

    /// <summary>Of all samples, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Every key id that this track's protection names, the zero id left out.</summary>
    public IReadOnlyList<KeyId> KeyIds => [.. Protections.Concat(Groups).Select(protection => protection.KeyId).Where(id => !id.IsZero).Distinct()];
}

/// <summary>A <c>pssh</c> box of a file.</summary>
/// <param name="Box">The whole box.</param>
/// <param name="Offset">Where it was found first, in bytes from the start.</param>
/// <param name="InFragment">True if a <c>moof</c> held it.</param>
public sealed record PsshReport(ReadOnlyMemory<byte> Box, long Offset, bool InFragment)
{
    public Guid SystemId => ((PsshBox)Bmff.Box.Parse(Box)).SystemId;
}

/// <summary>What <see cref="MediaProbe"/> found.</summary>
public sealed record MediaReport
{
    public required IReadOnlyList<TrackReport> Tracks { get; init; }

    /// <summary>Different boxes in the order in which they come.</summary>
    public required IReadOnlyList<PsshReport> PsshBoxes { get; init; }

    public bool IsFragmented { get; init; }

    public int Fragments { get; init; }
}

/// <summary>Looks at a file without changing it: tracks, codecs, protection, key ids and key rotation.</summary>
public static class MediaProbe
{
    // Enough for any file; a hostile one must not make a report that is larger than itself.
    private const int MaxPssh = 1000;
    private const int MaxGroups = 100_000;

    /// <param name="input">Read from its position to its end, or up to <paramref name="maxFragments"/>. Pipes work for fragmented files.</param>
    /// <param name="maxFragments">How many fragments to look at.</param>
    /// <param name="limits">Bounds; <see cref="BmffLimits.Default"/> if null.</param>
    /// <param name="cancellationToken">Stops between boxes.</param>
    /// <exception cref="CencFormatException">Broken input, or no <c>moov</c>.</exception>
    public static MediaReport Read(Stream input, int maxFragments = int.MaxValue, BmffLimits? limits = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        limits ??= BmffLimits.Default;
        var source = new MediaInput(input, limits, cancellationToken);
        Movie? movie = null;
        FragmentReader? reader = null;
        var pssh = new List<PsshReport>();
        var tracks = new Dictionary<uint, TrackTotals>();
        var fragments = 0;
        try
        {
            while (fragments < maxFragments && source.TryNext(out var box))
            {
                if (box.Type == BoxType.Moov && movie is null)
                {
                    movie = Movie.Read((ContainerBox)source.ReadBox(box), limits);
                    AddPssh(movie.Moov, false, pssh);
                    foreach (var track in movie.Tracks) tracks.Add(track.Id, new TrackTotals());
                    if (movie.IsFragmented) reader = new FragmentReader(movie, limits);
                }
                else if (box.Type == BoxType.Moof && movie is not null)
                {
                    fragments++;
                    reader ??= new FragmentReader(movie, limits);
                    var moof = (ContainerBox)source.ReadBox(box);
                    AddPssh(moof, true, pssh);
                    foreach (var part in reader.Read(moof)) tracks[part.Track.Id].Add(part);
                }
                else
                {
                    source.Skip(box);
                }
            }
            if (movie is null) throw new CencFormatException("there is no moov box", "file", 0);
            if (fragments == 0) AddProgressive(movie, tracks, limits, source);
            return new MediaReport
            {
                IsFragmented = movie.IsFragmented || fragments > 0,
                Fragments = fragments,
                PsshBoxes = pssh,
                Tracks = [.. movie.Tracks.Select(track => Report(track, tracks[track.Id]))],
            };
        }
        finally
        {
            reader?.Dispose();
        }
    }

    private static void AddProgressive(Movie movie, Dictionary<uint, TrackTotals> tracks, BmffLimits limits, MediaInput source)
    {
        foreach (var track in movie.Tracks)
        {
            if (!SampleTable.HasSamples(track)) continue;
            using var whole = SampleTable.Read(track, limits, source.Position);
            tracks[track.Id].Add(whole);
        }
    }

    private static void AddPssh(ContainerBox parent, bool inFragment, List<PsshReport> found)
    {
        foreach (var box in parent.All<PsshBox>())
        {
            if (found.Count == MaxPssh) return;
            var bytes = box.ToArray();
            if (!found.Any(known => known.Box.Span.SequenceEqual(bytes))) found.Add(new PsshReport(bytes, box.Offset, inFragment));
        }
    }

    private static TrackReport Report(MovieTrack track, TrackTotals totals) => new()
    {
        Track = TrackDescription.Of(track),
        Protections = [.. track.Entries.Where(entry => entry.IsProtected && entry.Defaults is not null).Select(entry => Describe(entry.SchemeType, entry.Defaults!))],
        HasClearDescription = track.Entries.Any(entry => entry.IsProtected) && track.Entries.Any(entry => !entry.IsProtected),
        Groups = totals.Groups,
        Samples = totals.Samples,
        Bytes = totals.Bytes,
        Seconds = totals.Ticks / (double)track.Timescale,
    };

    private static ProtectionDescription Describe(uint scheme, EncryptionParameters parameters) => new()
    {
        Scheme = BoxType.Name(scheme),
        KeyId = parameters.KeyId,
        IvSize = parameters.IvSize,
        ConstantIv = parameters.ConstantIv,
        Pattern = new EncryptionPattern((byte)(parameters.PatternByte >> 4), (byte)(parameters.PatternByte & 15)),
    };

    private sealed class TrackTotals
    {
        private readonly HashSet<KeyId> _groupKeys = [];

        public List<ProtectionDescription> Groups { get; } = [];

        public long Samples { get; private set; }

        public long Bytes { get; private set; }

        public long Ticks { get; private set; }

        public void Add(TrackFragment part)
        {
            var samples = part.Samples.Span;
            Samples += samples.Length;
            Ticks += part.Duration;
            var groups = new SampleGroups(part);
            EncryptionParameters? last = null;
            for (var i = 0; i < samples.Length; i++)
            {
                Bytes += samples[i].Size;
                if (groups.For(i) is not { IsProtected: true } group || group == last) continue;
                last = group;
                if (Groups.Count < MaxGroups && _groupKeys.Add(group.KeyId)) Groups.Add(Describe(part.Track.Entry(samples[i].Description, part.Traf.Offset).SchemeType, group));
            }
        }
    }
}
