using System.Security.Cryptography;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

/// <summary>Encryption of one track: its descriptions, the key and IV in use, and the boxes of each fragment.</summary>
internal sealed class TrackEncryption
{
    private const int MaxAuxSize = byte.MaxValue;

    private readonly EncryptionOptions _options;
    private readonly MovieTrack _track;
    private readonly CryptorCache _cryptors;
    private readonly ReservedIvs _reserved;
    private readonly SubsampleMapper[] _mappers;
    private readonly byte _patternByte;
    private readonly List<Subsample> _subsamples = [];
    private readonly BoxWriter _entries = new(4096);
    private readonly Dictionary<KeyId, Stream> _streams = [];
    private byte[] _sizes = [];
    private byte[]? _randomIv;
    private double _clearLead;
    private int _period = -1;
    private TrackKey _key;
    private Stream? _current;

    private TrackEncryption(EncryptionOptions options, MovieTrack track, TrackKey key, CryptorCache cryptors, ReservedIvs reserved)
    {
        (_options, _track, _key, _cryptors, _reserved) = (options, track, key, cryptors, reserved);
        Description = TrackDescription.Of(track);
        _clearLead = options.ClearLead.TotalSeconds * track.Timescale;
        var pattern = options.Scheme.HasPattern() && track.IsVideo ? options.VideoPattern : EncryptionPattern.EveryBlock;
        _patternByte = (byte)((pattern.CryptBlocks << 4) | pattern.SkipBlocks);
        _mappers = [.. track.Entries.Select(entry => Mapper(entry, options))];
    }

    public TrackDescription Description { get; }

    /// <summary>The key of the current crypto period.</summary>
    public TrackKey Key => _key;

    private bool Rotates => _options.CryptoPeriod is not null;

    /// <summary>Protects the sample descriptions of a track.</summary>
    /// <exception cref="CencFormatException">The track is protected already, or its codec is unknown.</exception>
    public static TrackEncryption? Begin(EncryptionOptions options, MovieTrack track, CryptorCache cryptors, ReservedIvs reserved)
    {
        if (!track.IsVideo && !track.IsAudio) return null;
        if (options.Keys(TrackDescription.Of(track), 0) is not { } key) return null;
        if (track.Entries.FirstOrDefault(entry => entry.IsProtected) is { } done)
            throw new CencFormatException($"track {track.Id} is already protected ({BoxType.Name(done.SchemeType)}); decrypt it first", BoxType.Name(done.Raw.Type), done.Offset);
        var encryption = new TrackEncryption(options, track, key, cryptors, reserved);
        encryption.ProtectEntries();
        return encryption;
    }

    /// <summary>Plans a fragment: which bytes of which sample are protected, and the boxes that say so.</summary>
    /// <returns>What the fragment's samples are encrypted with; null for a fragment of the clear lead.</returns>
    public SampleProtection? Plan(TrackFragment fragment, FragmentData data, int protection)
    {
        if (fragment.Description == 0 || fragment.Description > _mappers.Length)
            throw new CencFormatException($"track {_track.Id} has no sample description {fragment.Description}", "moof/traf/tfhd", fragment.Traf.Offset);
        var tfhd = fragment.Traf.Find<TfhdBox>()!;
        EnterPeriod(fragment);
        if (_clearLead > 0)
        {
            _clearLead -= fragment.Duration;
            foreach (ref readonly var sample in fragment.Samples.Span) Map(fragment, sample, data);
            tfhd.SetDescription(fragment.Description + (uint)_mappers.Length);
            return null;
        }
        if (_options.ClearLead > TimeSpan.Zero) tfhd.SetDescription(fragment.Description);
        WriteEntries(fragment, data, protection, out var wide);
        AddBoxes(fragment, wide);
        return new SampleProtection(_current!.Parameters, _cryptors.Get(_key.KeyId, _key.Key, _options.Scheme, _patternByte));
    }

    private static SubsampleMapper Mapper(TrackEntry entry, EncryptionOptions options)
    {
        try
        {
            return SubsampleMapper.Create(BoxType.Name(entry.Format), entry.Fields is { } fields ? fields.CodecConfiguration.Span : default, options.Scheme, options.Subsamples);
        }
        catch (CencFormatException e) when (e.Path is null)
        {
            throw new CencFormatException(e.Message, BoxType.Name(entry.Raw.Type), entry.Offset);
        }
    }

    private void ProtectEntries()
    {
        var parameters = Rotates ? RotatingDefaults() : Open(_key).Parameters;
        var tenc = new TencBox((byte)(_options.Scheme.HasPattern() ? 1 : 0), parameters);
        var type = _track.IsVideo ? BoxType.Encv : BoxType.Enca;
        var entries = _track.Entries.Select(entry => entry.Fields!.With(type, new ContainerBox(
            BoxType.Sinf, new FrmaBox(entry.Format), new SchmBox(_options.Scheme), new ContainerBox(BoxType.Schi, tenc))));
        // Fragments of the clear lead point to clear copies, behind the protected ones.
        if (_options.ClearLead > TimeSpan.Zero) entries = entries.Concat(_track.Entries.Select(entry => entry.Raw));
        _track.ReplaceEntries(entries);
    }

    // With rotation the keys stand in the fragments; the description holds a zero key id and IV.
    private EncryptionParameters RotatingDefaults() => new()
    {
        IsProtected = true,
        PatternByte = _patternByte,
        IvSize = _options.Scheme switch { ProtectionScheme.Cbcs => 0, ProtectionScheme.Cbc1 => 16, _ => 8 },
        KeyId = default,
        ConstantIv = _options.Scheme == ProtectionScheme.Cbcs ? new byte[8] : default,
    };

    private void EnterPeriod(TrackFragment fragment)
    {
        if (_options.CryptoPeriod is not { } length)
        {
            _current ??= Open(_key);
            return;
        }
        // By decoding time behind the edit list, as Shaka Packager does it: so both switch at the same fragment.
        var time = Math.Max(0, fragment.DecodeTime - _track.StartTime);
        var period = (int)Math.Min(int.MaxValue, Math.Floor(time / (length.TotalSeconds * _track.Timescale)));
        if (period == _period) return;
        _period = period;
        _key = _options.Keys(Description, period) ?? throw new InvalidOperationException($"Track {_track.Id} has no key for crypto period {period}.");
        foreach (var pssh in _key.PsshBoxes) EncryptionOptions.CheckPssh(pssh);
        _current = Open(_key);
    }

    // A key id that comes back goes on counting where it stopped: its key stream must never repeat.
    private Stream Open(TrackKey key)
    {
        if (_streams.TryGetValue(key.KeyId, out var stream)) return stream;
        var iv = key.Iv?.ToArray() ?? (_randomIv ??= RandomNumberGenerator.GetBytes(_options.Scheme.IsCounterMode() ? 8 : 16));
        if (iv.Length is not (8 or 16)) throw new ArgumentException($"An IV has 8 or 16 bytes, not {iv.Length}.");
        var isConstant = _options.Scheme == ProtectionScheme.Cbcs;
        if (isConstant && iv.Length != 16) throw new ArgumentException("The constant IV of cbcs has 16 bytes: some players do not read 8.");
        if (_options.Scheme.IsCounterMode()) _reserved.Take(key.KeyId, iv);
        stream = new Stream
        {
            Ivs = new IvSequence(iv, _options.Scheme),
            Parameters = new EncryptionParameters
            {
                IsProtected = true, PatternByte = _patternByte, IvSize = isConstant ? 0 : iv.Length, KeyId = key.KeyId, ConstantIv = isConstant ? iv : default,
            },
        };
        _streams.Add(key.KeyId, stream);
        return stream;
    }

    private SubsampleMapper Map(TrackFragment fragment, in MediaSample sample, FragmentData data)
    {
        var mapper = _mappers[(int)fragment.Description - 1];
        _subsamples.Clear();
        if (!mapper.UsesSubsamples) return mapper;
        if (sample.Size == 0) throw new CencFormatException($"a video sample of track {_track.Id} is empty, which senc cannot express", "moof/traf", fragment.Traf.Offset);
        try
        {
            mapper.Map(data.Slice(sample.Offset, sample.Size), _subsamples);
            return mapper;
        }
        catch (CencFormatException e) when (e.Path is null)
        {
            throw new CencFormatException($"track {_track.Id}, sample of {sample.Size} bytes: {e.Message}", "mdat", sample.Offset);
        }
    }

    private void WriteEntries(TrackFragment fragment, FragmentData data, int protection, out bool wide)
    {
        wide = false;
        _entries.Clear();
        var samples = fragment.Samples.Span;
        if (_sizes.Length < samples.Length) _sizes = new byte[samples.Length];
        var perSample = _current!.Parameters.IvSize;
        for (var i = 0; i < samples.Length; i++)
        {
            ref var sample = ref samples[i];
            var mapper = Map(fragment, sample, data);
            if (_options.Scheme == ProtectionScheme.Cens && !mapper.UsesSubsamples && sample.Size % 16 != 0 && !_options.AllowCensAudio)
                throw new CencFormatException($"track {_track.Id}: cens samples that are not whole 16-byte blocks are read differently by players; use another scheme or allow it", "mdat", sample.Offset);
            var start = _entries.Length;
            if (perSample > 0) _current.Ivs.CopyCurrentTo(_entries.Claim(perSample));
            long protectedBytes = sample.Size;
            if (mapper.UsesSubsamples) protectedBytes = WriteSubsamples();
            _current.Ivs.Advance(protectedBytes);
            sample.AuxOffset = start;
            sample.AuxSize = _entries.Length - start;
            sample.Protection = protection;
            wide |= sample.AuxSize > MaxAuxSize;
            _sizes[i] = unchecked((byte)sample.AuxSize);
        }
        fragment.Aux = _entries.ToArray();
    }

    private long WriteSubsamples()
    {
        long sum = 0;
        _entries.U16((ushort)_subsamples.Count);
        foreach (var subsample in _subsamples)
        {
            _entries.U16(subsample.ClearBytes);
            _entries.U32(subsample.ProtectedBytes);
            sum += subsample.ProtectedBytes;
        }
        return sum;
    }

    private void AddBoxes(TrackFragment fragment, bool wide)
    {
        var boxes = fragment.Traf.List;
        var count = fragment.Samples.Count;
        if (count == 0) return;
        // Readers would take stale boxes for ours.
        boxes.RemoveAll(box => AuxiliaryInfo.IsProtectionBox(box, (uint)_options.Scheme));
        if (Rotates)
        {
            var entry = _current!.Parameters.ToGroupEntry();
            boxes.Add(new SbgpBox(BoxType.Seig, ((uint)count, SbgpBox.FragmentLocal + 1)));
            boxes.Add(new SgpdBox(BoxType.Seig, entry.Length, 1, entry));
        }
        // saiz counts in 8 bits: where more is needed, senc alone tells, which every reader understands. Nothing to tell, no saiz.
        if (!wide && fragment.Aux.Length > 0)
        {
            var sizes = _sizes.AsSpan(0, count);
            var uniform = !sizes.ContainsAnyExcept(sizes[0]);
            boxes.Add(uniform ? new SaizBox(sizes[0], count, default) : new SaizBox(0, count, sizes.ToArray()));
            boxes.Add(new SaioBox(0));
        }
        boxes.Add(new SencBox(_mappers[(int)fragment.Description - 1].UsesSubsamples, count, fragment.Aux));
    }

    /// <summary>The samples of one key id.</summary>
    private sealed class Stream
    {
        public IvSequence Ivs;

        public required EncryptionParameters Parameters { get; init; }
    }
}

/// <summary>Which (key id, first IV) pairs counter mode has used: a second track at the same place would repeat the key stream.</summary>
internal sealed class ReservedIvs
{
    private readonly HashSet<(KeyId, string)> _taken = [];

    public void Take(KeyId keyId, byte[] iv)
    {
        if (!_taken.Add((keyId, Convert.ToHexString(iv))))
            throw new ArgumentException($"Two tracks would start at the same IV of key {keyId} in counter mode, which gives the content away. Use a key for each track, or other IVs.");
    }
}
