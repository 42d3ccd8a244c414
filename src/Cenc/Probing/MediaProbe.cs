using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc.Probing;

/// <summary>
/// Tells what a file holds and how it is protected, from its boxes alone: no key is needed and no media data is read. Works
/// on a pipe. A media segment without its init segment cannot be told.
/// </summary>
public static class MediaProbe
{
    /// <summary>Different pssh boxes that a report lists; a stream that rotates for weeks has more than anyone reads.</summary>
    public const int MaxBoxes = 1000;

    /// <summary>Rotated keys that a report lists for each track.</summary>
    public const int MaxKeys = 1000;

    /// <exception cref="CencFormatException">Broken boxes, or no <c>moov</c>.</exception>
    public static MediaReport Read(Stream stream, BmffLimits? limits = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var bounds = limits ?? BmffLimits.Default;
        var input = new MediaInput(stream, bounds, cancellation);
        Movie? movie = null;
        var tracks = new List<TrackTally>();
        var boxes = new List<PsshLocation>();
        var seen = new HashSet<string>();
        var fragments = 0;
        while (input.TryNext(out var top))
        {
            switch (top.Type)
            {
                case BoxType.Moov when movie is null:
                    var moov = (ContainerBox)input.ReadBox(top);
                    movie = Movie.Read(moov, bounds);
                    tracks = [.. movie.Tracks.Select(track => new TrackTally(track))];
                    Collect(moov, "moov/pssh", boxes, seen);
                    break;
                case BoxType.Moof:
                    if (movie is null) throw new CencFormatException("stands before any moov: give the init segment and the media segments as one input", "moof", top.Offset);
                    var moof = (ContainerBox)input.ReadBox(top);
                    fragments++;
                    foreach (var traf in moof.All(BoxType.Traf)) tracks.Find(track => track.Id == traf.Find<TfhdBox>()?.TrackId)?.Add(traf);
                    Collect(moof, "moof/pssh", boxes, seen);
                    break;
                default:
                    input.Skip(top);
                    break;
            }
        }

        if (movie is null) throw new CencFormatException("there is no moov box: not an MP4 file, or its end is missing", "file", 0);
        return new MediaReport { IsFragmented = movie.IsFragmented, Fragments = fragments, Tracks = [.. tracks.Select(track => track.ToReport())], PsshBoxes = boxes };
    }

    private static void Collect(ContainerBox parent, string path, List<PsshLocation> boxes, HashSet<string> seen)
    {
        foreach (var box in parent.All<Bmff.Boxes.PsshBox>())
        {
            if (boxes.Count == MaxBoxes) return;
            var bytes = box.ToArray();
            if (seen.Add(Convert.ToBase64String(bytes))) boxes.Add(new PsshLocation(path, box.Offset, Pssh.PsshBox.ParseAt(bytes, path, box.Offset)));
        }
    }
}
