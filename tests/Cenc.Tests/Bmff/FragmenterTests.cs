using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Fragmenting;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Bmff;

public sealed class FragmenterTests
{
    [SkippableFact]
    public void Samples_and_their_times_survive()
    {
        var progressive = MediaFiles.Read("clear/av_progressive.mp4");
        var fragmented = Fragment(progressive, 2);
        Assert.Equal(Samples.Digest(progressive), Samples.Digest(fragmented));
        Assert.Equal(Samples.Times(progressive), Samples.Times(fragmented));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Every_fragment_of_video_starts_with_a_sync_sample(double seconds)
    {
        var fragmented = Fragment(MediaFiles.Read("clear/av_progressive.mp4"), seconds);
        var fragments = 0;
        Samples.Walk(fragmented, (track, fragment) =>
        {
            if (!fragment.Track.IsVideo) return;
            fragments++;
            Assert.True(fragment.Samples.Span[0].IsSync);
        });
        // The clip has a sync sample every two seconds.
        Assert.Equal(seconds < 4 ? 5 : 3, fragments);
    }

    [SkippableFact]
    public void A_small_memory_limit_cuts_more_often_but_loses_nothing()
    {
        var progressive = MediaFiles.Read("clear/av_progressive.mp4");
        using var output = new MemoryStream();
        Fragmenter.Fragment(new MemoryStream(progressive), output, TimeSpan.FromSeconds(2), new BmffLimits { MaxBufferedFragmentBytes = 5000 });
        Assert.Equal(Samples.Digest(progressive), Samples.Digest(output.ToArray()));
    }

    internal static byte[] Fragment(byte[] file, double seconds)
    {
        using var output = new MemoryStream();
        Fragmenter.Fragment(new MemoryStream(file), output, TimeSpan.FromSeconds(seconds));
        return output.ToArray();
    }
}
