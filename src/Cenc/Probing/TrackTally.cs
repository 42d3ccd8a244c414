using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Probing;

/// <summary>Adds up what the boxes of one track say.</summary>
internal sealed class TrackTally
{
    private const int MaxWalkedEntries = 64;

    private readonly MovieTrack _track;
    private readonly List<RotatedKey> _keys = [];
    private readonly HashSet<KeyId> _seen = [];
    private long _samples;
    private long _ticks;
    private long _nextDecodeTime;
    private int _clearFragments;

    public TrackTally(MovieTrack track)
    {
        _track = track;
        foreach (var box in track.Stbl.List)
        {
            switch (box)
            {
                case SttsBox times:
                    for (var i = 0; i < times.Count; i++)
                    {
                        var (count, duration) = times[i];
                        _samples += count;
                        _ticks = Sum(_ticks, Product(count, duration));
                    }

                    break;
                case SgpdBox { GroupingType: BoxType.Seig } groups:
                    AddKeys(groups, decodeTime: 0);
                    break;
            }
        }
    }

    public uint Id => _track.Id;

    public void Add(ContainerBox traf)
    {
        var header = traf.Find<TfhdBox>()!;
        var decodeTime = traf.Find<TfdtBox>()?.BaseMediaDecodeTime ?? _nextDecodeTime;
        var defaults = new SampleDefaults(header.DefaultDuration ?? _track.Trex?.DefaultDuration ?? 0, 0, 0);
        long ticks = 0;
        foreach (var run in traf.All<TrunBox>())
        {
            _samples += run.SampleCount;
            if (run.EntriesAreEmpty)
            {
                ticks = Sum(ticks, Product(run.SampleCount, defaults.Duration));
                continue;
            }

            for (var i = 0; i < run.SampleCount; i++)
            {
                run.Read(i, defaults, out var duration, out _, out _, out _);
                ticks = Sum(ticks, duration);
            }
        }

        _ticks = Sum(_ticks, ticks);
        _nextDecodeTime = Sum(decodeTime, ticks);
        var description = header.Description ?? _track.Trex?.DefaultDescription ?? 1;
        var isClear = description >= 1 && description <= _track.Entries.Count && !_track.Entries[(int)description - 1].IsProtected;
        if (isClear) _clearFragments++;
        foreach (var groups in traf.All<SgpdBox>().Where(box => box.GroupingType == BoxType.Seig)) AddKeys(groups, decodeTime);
    }

    public ProbedTrack ToReport()
    {
        var entry = _track.Entries.FirstOrDefault(each => each.IsProtected);
        return new ProbedTrack
        {
            Description = TrackDescription.Of(_track),
            Duration = (double)_ticks / _track.Timescale,
            Samples = _samples,
            Protection = entry is null ? null : Protection(entry),
            ClearFragments = entry is null ? 0 : _clearFragments,
            RotatedKeys = _keys,
        };
    }

    private static ProbedProtection Protection(TrackEntry entry) => new()
    {
        Scheme = BoxType.Name(entry.SchemeType),
        DefaultKeyId = entry.Defaults?.KeyId ?? default,
        IvSize = entry.Defaults?.IvSize ?? 0,
        ConstantIv = entry.Defaults?.ConstantIv ?? default,
        Pattern = entry.Defaults is { } defaults ? (defaults.PatternByte >> 4, defaults.PatternByte & 15) : (0, 0),
    };

    /// <summary>Hostile durations must not wrap: they stay at the largest number.</summary>
    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;

    private static long Product(uint count, uint duration) => (long)Math.Min((ulong)count * duration, long.MaxValue);

    private void AddKeys(SgpdBox groups, long decodeTime)
    {
        // Entries with lengths of their own are found by walking from the first, so many of them would cost the square of their number.
        var last = groups is { Version: 1, DefaultLengthOrIndex: > 0 } ? MediaProbe.MaxKeys : MaxWalkedEntries;
        var path = new BoxPath(BmffLimits.Default);
        path.Enter(BoxType.Sgpd, groups.Offset);
        for (uint number = 1; _keys.Count < MediaProbe.MaxKeys && number <= last && groups.TryGetEntry(number, EncryptionParameters.GroupLength, out var entry); number++)
        {
            var parameters = EncryptionParameters.ReadGroup(path, entry);
            if (parameters.IsProtected && _seen.Add(parameters.KeyId)) _keys.Add(new RotatedKey(parameters.KeyId, (double)decodeTime / _track.Timescale));
        }
    }
}
