using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

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
                    if (movie.IsFragmented) reader = new FragmentReader(movie, limits, SampleBudget.Of(source));
                }
                else if (box.Type == BoxType.Moof && movie is not null)
                {
                    fragments++;
                    reader ??= new FragmentReader(movie, limits, SampleBudget.Of(source));
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
            // One track after the other: each gives its samples up before the next.
            using var whole = SampleTable.Read(track, limits, new SampleBudget(source.Position), source.Position);
            tracks[track.Id].Add(whole);
        }
    }

    private static void AddPssh(ContainerBox parent, bool inFragment, List<PsshReport> found)
    {
        foreach (var box in parent.All<RawPsshBox>())
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
