using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Encryption;

/// <summary>
/// Which parameters each sample has: those of its sample description, or of its <c>seig</c> group (ISO/IEC 23001-7, 6), by which keys are
/// rotated. Index 0 means the description's; above 0x10000 the groups of the fragment; below, those of <c>stbl</c>.
/// </summary>
internal sealed class SampleGroups
{
    private readonly TrackFragment _fragment;
    private readonly SbgpBox? _assignment;
    private readonly Dictionary<uint, EncryptionParameters?> _groups = [];
    private int _run = -1;
    private long _runEnd;
    private EncryptionParameters? _current;

    public SampleGroups(TrackFragment fragment)
    {
        _fragment = fragment;
        foreach (var box in fragment.Traf.List)
        {
            if (box is SbgpBox { GroupingType: BoxType.Seig } sbgp) _assignment = sbgp;
        }
    }

    /// <summary>The group's parameters, or null for those of the sample description. Ask for samples in order.</summary>
    public EncryptionParameters? For(int sample)
    {
        if (_assignment is null) return null;
        while (sample >= _runEnd)
        {
            if (++_run >= _assignment.Count)
            {
                (_current, _runEnd) = (null, long.MaxValue);
                break;
            }
            var (count, index) = _assignment[_run];
            _runEnd += count;
            if (count > 0) _current = Group(index);
        }
        return _current;
    }

    private EncryptionParameters? Group(uint index)
    {
        if (index == 0) return null;
        if (_groups.TryGetValue(index, out var known)) return known;
        var local = index > SbgpBox.FragmentLocal;
        var number = local ? index - SbgpBox.FragmentLocal : index;
        foreach (var box in (local ? _fragment.Traf : _fragment.Track.Stbl).List)
        {
            if (box is SgpdBox { GroupingType: BoxType.Seig } sgpd && sgpd.TryGetEntry(number, EncryptionParameters.GroupLength, out var entry))
            {
                var path = new BoxPath(BmffLimits.Default);
                path.Enter(BoxType.Sgpd, sgpd.Offset);
                var parameters = EncryptionParameters.ReadGroup(path, entry);
                _groups.Add(index, parameters);
                return parameters;
            }
        }
        throw new CencFormatException($"there is no seig group {index}", "moof/traf/sbgp", _assignment!.Offset);
    }
}
