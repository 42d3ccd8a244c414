using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>What <c>moov</c> says, as far as samples and protection go. The tree below stays the one that is written.</summary>
internal sealed class Movie
{
    private Movie(ContainerBox moov, uint timescale, bool isFragmented, IReadOnlyList<MovieTrack> tracks)
    {
        Moov = moov;
        Timescale = timescale;
        IsFragmented = isFragmented;
        Tracks = tracks;
    }

    public ContainerBox Moov { get; }

    /// <summary>Of edit lists' durations, in ticks a second.</summary>
    public uint Timescale { get; }

    /// <summary>True if <c>mvex</c> announces fragments.</summary>
    public bool IsFragmented { get; }

    public IReadOnlyList<MovieTrack> Tracks { get; }

    public static Movie Read(ContainerBox moov, BmffLimits limits)
    {
        var mvex = moov.Find(BoxType.Mvex);
        var mvhd = moov.Find<MvhdBox>() ?? throw Missing("mvhd", moov);
        var tracks = new List<MovieTrack>();
        foreach (var trak in moov.All(BoxType.Trak))
        {
            if (tracks.Count == limits.MaxTracks) throw new CencFormatException($"has more than {limits.MaxTracks} tracks", "moov", moov.Offset);
            var track = MovieTrack.Read(trak, mvex, limits);
            if (tracks.Any(other => other.Id == track.Id)) throw new CencFormatException($"track id {track.Id} is used twice", "moov/trak", trak.Offset);
            tracks.Add(track);
        }
        return new Movie(moov, mvhd.Timescale, mvex is not null, tracks);
    }

    /// <summary>The track that fragments and indexes go by: the first video, else the first sound, else the first of all.</summary>
    public MovieTrack? MainTrack
    {
        get
        {
            foreach (var track in Tracks)
            {
                if (track.IsVideo) return track;
            }
            foreach (var track in Tracks)
            {
                if (track.IsAudio) return track;
            }
            return Tracks.Count > 0 ? Tracks[0] : null;
        }
    }

    public MovieTrack? FindTrack(uint id)
    {
        foreach (var track in Tracks)
        {
            if (track.Id == id) return track;
        }
        return null;
    }

    internal static CencFormatException Missing(string name, Box parent) => new($"has no {name} box", BoxType.Name(parent.Type), parent.Offset);
}
