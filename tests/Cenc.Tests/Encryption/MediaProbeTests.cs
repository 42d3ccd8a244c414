using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Encryption;

public sealed class MediaProbeTests
{
    [SkippableFact]
    public void A_cbcs_file_with_a_clear_lead_is_described()
    {
        var report = MediaProbe.Read(new MemoryStream(MediaFiles.Read("misc/h264_240.cbcs.clearlead4.mp4")));
        var track = Assert.Single(report.Tracks);
        Assert.Equal(("avc1", 426, 240, TrackType.SD), (track.Track.Codec, track.Track.Width, track.Track.Height, track.Track.Type));
        var protection = Assert.Single(track.Protections);
        Assert.Equal(("cbcs", 0, MediaFiles.KeyId), (protection.Scheme, protection.IvSize, protection.KeyId));
        Assert.Equal(new EncryptionPattern(1, 9), protection.Pattern);
        Assert.Equal(MediaFiles.Iv16, protection.ConstantIv.ToArray());
        Assert.True(track.HasClearDescription);
        Assert.Equal((250, 10.0), (track.Samples, track.Seconds));
        Assert.Equal(5, report.Fragments);
        Assert.Equal(DrmSystemIds.Common, Assert.Single(report.PsshBoxes).SystemId);
    }

    [SkippableFact]
    public void A_progressive_file_of_two_tracks_is_described()
    {
        var report = MediaProbe.Read(new MemoryStream(MediaFiles.Read("clear/av_progressive.mp4")));
        Assert.False(report.IsFragmented);
        Assert.Equal([TrackKind.Video, TrackKind.Audio], report.Tracks.Select(track => track.Track.Kind));
        Assert.Equal((2, 48000), (report.Tracks[1].Track.Channels, report.Tracks[1].Track.SampleRate));
        Assert.Equal([250, 470], report.Tracks.Select(track => track.Samples));
        Assert.All(report.Tracks, track => Assert.Empty(track.Protections));
    }

    [SkippableFact]
    public void Rotated_keys_are_listed_in_their_order()
    {
        using var even = ContentKey.Random();
        using var odd = ContentKey.Random();
        var ids = new[] { KeyId.Parse("00000000000000000000000000000001"), KeyId.Parse("00000000000000000000000000000002") };
        var file = MediaFiles.Encrypt(MediaFiles.Read("clear/aac.mp4"), MediaFiles.Options("cenc") with
        {
            CryptoPeriod = TimeSpan.FromSeconds(2), Keys = (_, period) => new TrackKey(ids[period % 2], period % 2 == 0 ? even : odd),
        });
        var track = Assert.Single(MediaProbe.Read(new MemoryStream(file)).Tracks);
        Assert.True(Assert.Single(track.Protections).KeyId.IsZero);
        Assert.Equal(ids, track.Groups.Select(group => group.KeyId));
        Assert.Equal(ids, track.KeyIds);
    }
}
