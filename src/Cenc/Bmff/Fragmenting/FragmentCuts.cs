namespace DrmHub.Cenc.Bmff.Fragmenting;

/// <summary>
/// Where tracks are cut. The main track is cut at the first sync sample of each new multiple of the duration (the rule of Shaka
/// Packager), the others at the same moments of presentation.
/// </summary>
internal sealed class FragmentCuts
{
    private readonly List<double> _times = [];
    private readonly List<int> _mainStarts = [];

    /// <param name="main">The track that decides.</param>
    /// <param name="duration">Wanted length of a fragment.</param>
    /// <param name="maxBytes">A fragment of the main track with more bytes is cut before its next sample, sync or not.</param>
    public FragmentCuts(TrackFragment main, TimeSpan duration, int maxBytes)
    {
        var samples = main.Samples.Span;
        var timescale = (double)main.Track.Timescale;
        var start = main.Track.StartTime;
        long time = 0;
        long bytes = 0;
        var current = 0.0;
        for (var i = 0; i < samples.Length; i++)
        {
            ref readonly var sample = ref samples[i];
            var presented = (time + sample.CompositionOffset - start) / timescale;
            var number = Math.Floor(Math.Max(0, presented) / duration.TotalSeconds);
            if (i == 0 || (sample.IsSync && number > current) || bytes + sample.Size > maxBytes)
            {
                _mainStarts.Add(i);
                _times.Add(presented);
                current = Math.Max(current, number);
                bytes = 0;
            }
            bytes += sample.Size;
            time += sample.Duration;
        }
    }

    public int Count => _mainStarts.Count;

    /// <summary>The first sample of the main track behind a fragment.</summary>
    public int MainEnd(int fragment, int count) => fragment + 1 < Count ? _mainStarts[fragment + 1] : count;

    /// <summary>The moment at which a fragment ends, in seconds of the track's presentation; no end for the last.</summary>
    public double EndTime(int fragment) => fragment + 1 < Count ? _times[fragment + 1] : double.PositiveInfinity;
}
