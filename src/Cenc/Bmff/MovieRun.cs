namespace DrmHub.Cenc.Bmff;

/// <summary>Sends a file of either kind through a transform into fragments.</summary>
internal static class MovieRun
{
    /// <param name="input">Of either kind.</param>
    /// <param name="output">Gets a fragmented file.</param>
    /// <param name="transform">What happens on the way.</param>
    /// <param name="fragmentDuration">For progressive input.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="openSpool">For input from a pipe that must be read twice; null refuses it.</param>
    /// <param name="movie">The movie of an earlier input, for media segments.</param>
    /// <param name="progress">Told the bytes that are done.</param>
    /// <param name="cancellation">Stops between boxes.</param>
    /// <returns>The movie that the fragments belong to.</returns>
    public static Movie? Run(
        Stream input, Stream output, IMovieTransform transform, TimeSpan fragmentDuration, BmffLimits limits, Func<Stream>? openSpool, Movie? movie,
        IProgress<long>? progress, CancellationToken cancellation)
    {
        using var spool = new PipeSpool(openSpool);
        var source = new MediaInput(spool.Ready(input, limits, progress, cancellation), limits, cancellation);
        using var target = new MediaOutput(output);
        var layout = source.CanSeek ? FileLayout.Scan(source) : null;
        using var rewriter = new MovieRewriter(source, target, transform, spool, progress) { FragmentsToIndex = layout?.FragmentsWithoutIndex ?? 0 };
        if (layout is { Moov: { } progressive, IsFragmented: false })
        {
            new Fragmenting.ProgressiveFragmenter(source, target, rewriter, fragmentDuration, progress).Run(progressive);
            return rewriter.Movie;
        }
        if (movie is not null && layout?.Moov is null) rewriter.Continue(movie);
        rewriter.Run();
        return rewriter.Movie;
    }
}
