using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

/// <summary>Takes protection off a movie: sample entries get their old code back, samples are decrypted, and all boxes of protection go.</summary>
internal sealed class MovieDecryption(Func<KeyId, ContentKey?> keys, bool censIncludesPartialBlock) : IMovieTransform, IDisposable
{
    private readonly CryptorCache _cryptors = new(CryptDirection.Decrypt, censIncludesPartialBlock);
    private readonly List<SampleProtection> _protections = [];
    private byte[] _ivSizes = [];

    /// <summary>The id of PIFF's <c>uuid</c> box that became <c>pssh</c>.</summary>
    private static ReadOnlySpan<byte> PiffPssh => [0xD0, 0x8A, 0x4F, 0x18, 0x10, 0xF3, 0x4A, 0x82, 0xB6, 0xC8, 0x32, 0xD8, 0xAB, 0xA1, 0x83, 0xD3];

    public void Begin(Movie movie)
    {
        movie.Moov.List.RemoveAll(box => box is RawPsshBox || (box is RawBox { Type: BoxType.Uuid } raw && raw.Payload.Span.StartsWith(PiffPssh)));
        foreach (var track in movie.Tracks)
        {
            if (!track.Entries.Any(entry => entry.IsProtected)) continue;
            track.ReplaceEntries(track.Entries.Select(entry => entry.IsProtected ? entry.Fields!.With(entry.Format, null) : entry.Raw));
            if (movie.IsFragmented) track.Stbl.List.RemoveAll(box => box is SgpdBox { GroupingType: BoxType.Seig } or SbgpBox { GroupingType: BoxType.Seig });
            if (movie.IsFragmented && SampleTable.HasSamples(track))
                throw new CencFormatException($"track {track.Id} has samples in moov and announces fragments; such files are not supported", "moov/trak", track.Trak.Offset);
        }
    }

    public void Plan(Fragment fragment)
    {
        _protections.Clear();
        fragment.Moof.List.RemoveAll(box => box is RawPsshBox);
        foreach (var track in fragment.Tracks) PlanTrack(track, fragment);
    }

    public void Process(TrackFragment track, in MediaSample sample, Span<byte> bytes) =>
        _protections[sample.Protection].Process(bytes, track.Aux.Span.Slice(sample.AuxOffset, sample.AuxSize));

    public void Dispose() => _cryptors.Dispose();

    private void PlanTrack(TrackFragment fragment, Fragment source)
    {
        var samples = fragment.Samples.Span;
        if (samples.IsEmpty) return;
        if (_ivSizes.Length < samples.Length) _ivSizes = new byte[Math.Max(64, samples.Length)];
        var ivSizes = _ivSizes.AsSpan(0, samples.Length);
        if (!Assign(fragment, samples, ivSizes, out var scheme, out var needsAux)) return;
        // Without any information a constant IV still tells all about samples that are protected whole.
        if (!AuxiliaryInfo.TryRead(fragment, ivSizes, scheme, source) && needsAux)
            throw new CencFormatException("protected samples have no IVs: there is neither senc nor saiz with saio", fragment.Traf.Type == BoxType.Traf ? "moof/traf" : "moov/trak/mdia/minf/stbl", fragment.Traf.Offset);
        fragment.Traf.List.RemoveAll(box => AuxiliaryInfo.IsProtectionBox(box, scheme));
    }

    // Gives each sample its parameters; false if the fragment is clear.
    private bool Assign(TrackFragment fragment, Span<MediaSample> samples, Span<byte> ivSizes, out uint scheme, out bool needsAux)
    {
        var groups = new SampleGroups(fragment);
        var pieceOverride = fragment.Traf.Find<PiffSencBox>()?.Override;
        scheme = 0;
        needsAux = false;
        var any = false;
        TrackEntry? entry = null;
        var description = -1;
        EncryptionParameters? last = null;
        for (var i = 0; i < samples.Length; i++)
        {
            ref var sample = ref samples[i];
            ivSizes[i] = 0;
            (sample.AuxOffset, sample.AuxSize) = (0, 0);
            if (sample.Description != description || entry is null)
            {
                description = sample.Description;
                entry = fragment.Track.Entry(sample.Description, fragment.Traf.Offset);
            }
            if (!entry.IsProtected) continue;
            any = true;
            scheme = entry.SchemeType;
            var parameters = groups.For(i) ?? Overridden(entry, pieceOverride, last)
                ?? throw new CencFormatException("a protected sample entry has no tenc box", BoxType.Name(entry.Raw.Type), entry.Offset);
            ivSizes[i] = (byte)parameters.IvSize;
            if (parameters.IsProtected)
            {
                needsAux |= parameters.IvSize != 0;
                if (last != parameters || _protections.Count == 0) _protections.Add(Protection(entry, parameters));
                sample.Protection = _protections.Count - 1;
            }
            last = parameters.IsProtected ? parameters : null;
        }
        return any;
    }

    private static EncryptionParameters? Overridden(TrackEntry entry, (int IvSize, KeyId KeyId)? piece, EncryptionParameters? last)
    {
        if (piece is not { } values || entry.Defaults is not { } defaults) return entry.Defaults;
        if (values.IvSize is not (8 or 16)) throw new CencFormatException($"an IV size of {values.IvSize} is not 8 or 16", "moof/traf/uuid", entry.Offset);
        if (last is not null && last.IvSize == values.IvSize && last.KeyId == values.KeyId) return last;
        return new EncryptionParameters { IsProtected = true, IvSize = values.IvSize, KeyId = values.KeyId, PatternByte = defaults.PatternByte };
    }

    private SampleProtection Protection(TrackEntry entry, EncryptionParameters parameters)
    {
        var scheme = (ProtectionScheme)unchecked((int)entry.SchemeType);
        if (!Enum.IsDefined(scheme)) throw new CencFormatException($"the protection scheme '{BoxType.Name(entry.SchemeType)}' is not supported", BoxType.Name(entry.Raw.Type), entry.Offset);
        var key = keys(parameters.KeyId) ?? throw new CencFormatException($"there is no key for key id {parameters.KeyId}", BoxType.Name(entry.Raw.Type), entry.Offset);
        try
        {
            return new SampleProtection(parameters, _cryptors.Get(parameters.KeyId, key, scheme, scheme.HasPattern() ? parameters.PatternByte : (byte)0));
        }
        catch (CencFormatException e) when (e.Path is null)
        {
            throw new CencFormatException(e.Message, BoxType.Name(entry.Raw.Type), entry.Offset);
        }
    }
}
