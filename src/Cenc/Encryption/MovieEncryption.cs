using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Encryption;

/// <summary>Puts protection on the tracks of a movie that have keys, and leaves all else as it was.</summary>
internal sealed class MovieEncryption(EncryptionOptions options) : IMovieTransform, IDisposable
{
    private readonly CryptorCache _cryptors = new(CryptDirection.Encrypt, censIncludesPartialBlock: false);
    private readonly Dictionary<uint, TrackEncryption> _tracks = [];
    private readonly List<SampleProtection> _protections = [];

    public void Begin(Movie movie)
    {
        // IVs would start again, and counter mode would repeat its key stream.
        if (_tracks.Count > 0) throw new InvalidOperationException("One encryptor protects one movie: use another for the next file.");
        var reserved = new ReservedIvs();
        foreach (var track in movie.Tracks)
        {
            if (TrackEncryption.Begin(options, track, _cryptors, reserved) is { } encryption) _tracks.Add(track.Id, encryption);
        }
        if (!movie.Tracks.Any(track => track.IsVideo || track.IsAudio)) throw new CencFormatException("there is no video or sound track to protect", "moov", movie.Moov.Offset);
        if (_tracks.Count == 0) throw new ArgumentException("None of the tracks has a key.");
        if (options.DropMetadata) DropMetadata(movie);
        foreach (var pssh in options.PsshBoxes) movie.Moov.List.Add(Box.Parse(pssh));
    }

    public void Plan(Fragment fragment)
    {
        _protections.Clear();
        foreach (var part in fragment.Tracks)
        {
            if (!_tracks.TryGetValue(part.Track.Id, out var track)) continue;
            if (track.Plan(part, fragment.Data, _protections.Count) is not { } protection) continue;
            _protections.Add(protection);
        }
        if (options.CryptoPeriod is not null) AddPssh(fragment);
    }

    public void Process(TrackFragment track, in MediaSample sample, Span<byte> bytes) =>
        _protections[sample.Protection].Process(bytes, track.Aux.Span.Slice(sample.AuxOffset, sample.AuxSize));

    public void Dispose() => _cryptors.Dispose();

    private static void DropMetadata(Movie movie)
    {
        foreach (var parent in movie.Tracks.Select(track => track.Trak).Append(movie.Moov)) parent.List.RemoveAll(box => BoxType.Name(box.Type) is "udta" or "meta");
    }

    // Clear fragments announce the key of their period too, so that a player can ask early.
    private void AddPssh(Fragment fragment)
    {
        var seen = new HashSet<ReadOnlyMemory<byte>>();
        foreach (var part in fragment.Tracks)
        {
            if (!_tracks.TryGetValue(part.Track.Id, out var track)) continue;
            foreach (var pssh in track.Key.PsshBoxes)
            {
                if (seen.Add(pssh)) fragment.Moof.List.Add(Box.Parse(pssh));
            }
        }
    }
}
