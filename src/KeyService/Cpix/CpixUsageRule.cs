using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// Which tracks and periods one key is for (CPIX 2.4, 5.3.10): filters of one type are alternatives, and every type that occurs has to
/// match. A rule with a filter that is not known here never matches, because what it would exclude is unknown too.
/// </summary>
public sealed class CpixUsageRule : CpixEntity
{
    private static readonly string[] Attributes = ["kid", "intendedTrackType"];
    private readonly List<string> _periodIds = [];
    private readonly List<string> _labels = [];
    private readonly List<VideoFilter> _videoFilters = [];
    private readonly List<AudioFilter> _audioFilters = [];
    private readonly List<BitrateFilter> _bitrateFilters = [];
    private KeyId _kid;

    internal CpixUsageRule(CpixDocument document, XmlNode element)
        : base(document, element)
    {
        _kid = RequiredKeyId("kid");
        foreach (var child in element.Elements())
        {
            switch (child.NamespaceUri == XmlNames.Cpix ? child.LocalName : "")
            {
                case "KeyPeriodFilter": _periodIds.Add(Required(child, "periodId")); break;
                case "LabelFilter": _labels.Add(Required(child, "label")); break;
                case "VideoFilter": _videoFilters.Add(VideoFilter.Read(child)); break;
                case "AudioFilter": _audioFilters.Add(AudioFilter.Read(child)); break;
                case "BitrateFilter": _bitrateFilters.Add(BitrateFilter.Read(child)); break;
                default: HasUnknownFilters = true; break;
            }
        }
    }

    public KeyId Kid
    {
        get => _kid;
        internal set
        {
            _kid = value;
            Element.Set("kid", value.ToString());
        }
    }

    /// <summary>A name that both sides agreed on, such as the presets of SPEKE v2; it takes no part in resolution.</summary>
    public string? IntendedTrackType
    {
        get => Element.Get("intendedTrackType");
        set => Element.Set("intendedTrackType", value);
    }

    /// <summary>The ids of periods, any of which may contain the moment.</summary>
    public IReadOnlyList<string> PeriodIds => _periodIds;

    /// <summary>Labels, any of which the track may carry.</summary>
    public IReadOnlyList<string> Labels => _labels;

    public IReadOnlyList<VideoFilter> VideoFilters => _videoFilters;

    public IReadOnlyList<AudioFilter> AudioFilters => _audioFilters;

    public IReadOnlyList<BitrateFilter> BitrateFilters => _bitrateFilters;

    /// <summary>True where a child is not one of the five known filters.</summary>
    public bool HasUnknownFilters { get; }

    /// <summary>False for a rule that resolution leaves out.</summary>
    public bool IsUsable => !HasUnknownFilters && _bitrateFilters.TrueForAll(static f => f.IsValid);

    public void Add(VideoFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        filter.Write(AddChild("VideoFilter"));
        _videoFilters.Add(filter);
    }

    public void Add(AudioFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        filter.Write(AddChild("AudioFilter"));
        _audioFilters.Add(filter);
    }

    /// <exception cref="ArgumentException">The filter has no bound.</exception>
    public void Add(BitrateFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (!filter.IsValid) throw new ArgumentException("A bitrate filter needs a bound.", nameof(filter));
        filter.Write(AddChild("BitrateFilter"));
        _bitrateFilters.Add(filter);
    }

    public void AddLabel(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        AddChild("LabelFilter").Set("label", label);
        _labels.Add(label);
    }

    /// <exception cref="ArgumentException">The period has no id to refer to.</exception>
    public void AddPeriod(CpixPeriod period)
    {
        ArgumentNullException.ThrowIfNull(period);
        var id = period.Id ?? throw new ArgumentException("A period that a rule names needs an id.", nameof(period));
        AddChild("KeyPeriodFilter").Set("periodId", id);
        _periodIds.Add(id);
    }

    /// <summary>True where this rule applies to the track, in a moment that the given periods contain.</summary>
    /// <param name="track">The track.</param>
    /// <param name="periodIds">Ids of the periods that contain the moment.</param>
    internal bool Matches(CpixTrack track, IReadOnlySet<string> periodIds) =>
        IsUsable
        && (_periodIds.Count == 0 || _periodIds.Exists(periodIds.Contains))
        && (_labels.Count == 0 || _labels.Exists(label => track.Labels.Contains(label)))
        && (_videoFilters.Count == 0 || _videoFilters.Exists(f => f.Matches(track)))
        && (_audioFilters.Count == 0 || _audioFilters.Exists(f => f.Matches(track)))
        && (_bitrateFilters.Count == 0 || _bitrateFilters.Exists(f => f.Matches(track)));

    private protected override IReadOnlyList<string> ChildOrder => CpixOrder.UsageRule;

    private protected override IReadOnlyList<string> KnownAttributes => Attributes;

    private static string Required(XmlNode filter, string name) =>
        filter.Get(name) ?? throw new CpixException(CpixCodes.MissingAttribute, $"{filter.LocalName}@{name} is missing.");
}
