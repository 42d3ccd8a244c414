namespace DrmHub.Cenc.Bmff;

/// <summary>
/// What <see cref="MovieRewriter"/> does to a movie on its way from input to output. Called in this order: once <see cref="Begin"/>, then
/// for each fragment <see cref="Plan"/> and <see cref="Process"/> for each of its samples that has a protection set.
/// </summary>
internal interface IMovieTransform
{
    /// <summary>Changes <c>moov</c>. Must leave the number of tracks as it is.</summary>
    void Begin(Movie movie);

    /// <summary>Changes <c>moof</c>, but neither run tables nor data offsets, and sets the protection of samples. May read sample bytes.</summary>
    void Plan(Fragment fragment);

    /// <summary>Changes a sample in place; its size stays.</summary>
    void Process(TrackFragment track, in MediaSample sample, Span<byte> bytes);
}
