using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// A crypto period (CPIX 2.4, 5.3.8), named by an index, by a label, or by a half-open span: [start, end) in UTC for live, or
/// [startOffset, endOffset) from the start of the content for files. A duration may stand in for either end.
/// </summary>
public sealed class CpixPeriod : CpixEntity
{
    private static readonly string[] Attributes = ["index", "label", "start", "end", "startOffset", "endOffset", "duration"];
    private long? _index;
    private DateTimeOffset? _start;
    private DateTimeOffset? _end;
    private TimeSpan? _startOffset;
    private TimeSpan? _endOffset;
    private TimeSpan? _duration;

    internal CpixPeriod(CpixDocument document, XmlNode element)
        : base(document, element)
    {
        _index = GetInteger("index");
        _start = Date("start");
        _end = Date("end");
        _startOffset = Span("startOffset");
        _endOffset = Span("endOffset");
        _duration = Span("duration");
    }

    public long? Index
    {
        get => _index;
        set
        {
            _index = value;
            Element.Set("index", value is { } v ? XmlValues.Format(v) : null);
        }
    }

    /// <summary>Since 2.4.</summary>
    public string? Label
    {
        get => Element.Get("label");
        set => Element.Set("label", value);
    }

    public DateTimeOffset? Start
    {
        get => _start;
        set => Set("start", _start = value);
    }

    /// <summary>The end as written; <see cref="EffectiveEnd"/> also knows the duration.</summary>
    public DateTimeOffset? End
    {
        get => _end;
        set => Set("end", _end = value);
    }

    /// <summary>Since 2.4.</summary>
    public TimeSpan? StartOffset
    {
        get => _startOffset;
        set => Set("startOffset", _startOffset = value);
    }

    /// <summary>The end as written (since 2.4); <see cref="EffectiveEndOffset"/> also knows the duration.</summary>
    public TimeSpan? EndOffset
    {
        get => _endOffset;
        set => Set("endOffset", _endOffset = value);
    }

    /// <summary>Since 2.4, beside start or startOffset.</summary>
    public TimeSpan? Duration
    {
        get => _duration;
        set => Set("duration", _duration = value);
    }

    /// <summary>The first instant after the period; null where there is none or the sum leaves the calendar.</summary>
    public DateTimeOffset? EffectiveEnd =>
        _end ?? (_start is { } start && _duration is { } d && d <= DateTimeOffset.MaxValue - start ? start + d : null);

    /// <summary>The first offset after the period.</summary>
    public TimeSpan? EffectiveEndOffset =>
        _endOffset ?? (_startOffset is { } start && _duration is { } d && d <= TimeSpan.MaxValue - start ? start + d : null);

    /// <summary>True where the moment lies in this period. A span that is not whole contains nothing.</summary>
    public bool Contains(CpixMoment moment)
    {
        ArgumentNullException.ThrowIfNull(moment);
        if (moment.Index is { } index && Index == index) return true;
        if (moment.Label is { } label && Label == label) return true;
        if (moment.Time is { } time && _start is { } start && EffectiveEnd is { } end && time >= start && time < end) return true;
        return moment.Offset is { } offset && _startOffset is { } from && EffectiveEndOffset is { } to && offset >= from && offset < to;
    }

    private protected override IReadOnlyList<string> KnownAttributes => Attributes;

    private DateTimeOffset? Date(string name) => Element.Get(name) is { } text ? XmlValues.DateTime(text, $"ContentKeyPeriod@{name}") : null;

    private TimeSpan? Span(string name) => Element.Get(name) is { } text ? XmlValues.Duration(text, $"ContentKeyPeriod@{name}") : null;

    private void Set(string name, DateTimeOffset? value) => Element.Set(name, value is { } v ? XmlValues.Format(v) : null);

    private void Set(string name, TimeSpan? value)
    {
        if (value < TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(value), "Offsets and durations are not negative.");
        Element.Set(name, value is { } v ? XmlValues.Format(v) : null);
    }
}
