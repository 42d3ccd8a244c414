namespace DrmHub.Cenc.Bmff.Fragmenting;

/// <summary>Cuts a progressive file into fragments and changes nothing else: edit lists, encoder delay, padding and sample groups stay.</summary>
public static class Fragmenter
{
    /// <param name="input">Seekable, <c>moov</c> at either end. A file that is fragmented already is passed on.</param>
    /// <param name="output">Gets the fragmented file, with a segment index if it can seek.</param>
    /// <param name="fragmentDuration">Above zero; video is cut at sync samples.</param>
    /// <param name="limits">Bounds; <see cref="BmffLimits.Default"/> if null.</param>
    /// <param name="progress">Told the bytes of input that are done.</param>
    /// <param name="cancellationToken">Stops between fragments; the output is then incomplete.</param>
    /// <exception cref="CencFormatException">Broken input.</exception>
    public static void Fragment(
        Stream input, Stream output, TimeSpan fragmentDuration, BmffLimits? limits = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(fragmentDuration, TimeSpan.Zero);
        MovieRun.Run(input, output, new Unchanged(), fragmentDuration, limits ?? BmffLimits.Default, null, null, progress, cancellationToken);
    }

    private sealed class Unchanged : IMovieTransform
    {
        public void Begin(Movie movie)
        {
        }

        public void Plan(Bmff.Fragment fragment)
        {
        }

        public void Process(TrackFragment track, in MediaSample sample, Span<byte> bytes)
        {
        }
    }
}
