using System.Security.Cryptography;
using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Every sample of a file as its readers see it: the measure that outputs are compared by.</summary>
internal static class Samples
{
    /// <summary>SHA-256 over size and bytes of each sample of a track, for each track, with the number of samples.</summary>
    public static List<string> Digest(byte[] file) => [.. Read(file).Select(track =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sample in track.Value)
        {
            hash.AppendData(BitConverter.GetBytes(sample.Length));
            hash.AppendData(sample);
        }
        return $"{track.Key}: {track.Value.Count} {Convert.ToHexString(hash.GetHashAndReset())}";
    })];

    /// <summary>Decoding time, composition offset and duration of each sample, shifted so that each track's presentation starts at 0.</summary>
    public static List<string> Times(byte[] file)
    {
        var times = new List<string>();
        Walk(file, (track, fragment) =>
        {
            var time = fragment.DecodeTime - fragment.Track.StartTime;
            foreach (var sample in fragment.Samples.Span)
            {
                times.Add($"{track} {time} {sample.CompositionOffset} {sample.Duration} {sample.IsSync}");
                time += sample.Duration;
            }
        });
        times.Sort(StringComparer.Ordinal);
        return times;
    }

    public static SortedDictionary<uint, List<byte[]>> Read(byte[] file)
    {
        var tracks = new SortedDictionary<uint, List<byte[]>>();
        Walk(file, (track, fragment) =>
        {
            if (!tracks.TryGetValue(track, out var samples)) tracks.Add(track, samples = []);
            foreach (var sample in fragment.Samples.Span) samples.Add(file.AsSpan((int)sample.Offset, sample.Size).ToArray());
        });
        return tracks;
    }

    public static void Walk(byte[] file, Action<uint, TrackFragment> visit)
    {
        var input = new MediaInput(new MemoryStream(file), BmffLimits.Default, default);
        var layout = FileLayout.Scan(input);
        Assert.NotNull(layout.Moov);
        if (!layout.IsFragmented)
        {
            foreach (var track in layout.Moov.Tracks) visit(track.Id, SampleTable.Read(track, BmffLimits.Default, new SampleBudget(null), file.Length));
            return;
        }
        using var reader = new FragmentReader(layout.Moov, BmffLimits.Default, new SampleBudget(null));
        while (input.TryNext(out var box))
        {
            if (box.Type != BoxType.Moof)
            {
                input.Skip(box);
                continue;
            }
            foreach (var fragment in reader.Read((ContainerBox)input.ReadBox(box))) visit(fragment.Track.Id, fragment);
        }
    }
}
