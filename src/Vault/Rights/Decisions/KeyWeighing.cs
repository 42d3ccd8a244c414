using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>One key on the scales: what it protects, and the best deal found for it so far.</summary>
internal struct KeyWeighing
{
    private static readonly OutputRule[,] s_outputs = MakeOutputs();

    private readonly TrackType _track;
    private readonly long _pixels;
    private HdcpVersion _hdcp;
    private SecurityLevel _minimum;

    public KeyWeighing(RequestedKey key)
    {
        Key = key;
        (_track, _pixels) = Protects(key);
    }

    public RequestedKey Key { get; }

    public Verdict Verdict { get; private set; }

    /// <summary>The best deal so far; null while none grants the key.</summary>
    public DealRule? Rule { get; private set; }

    public long Seconds { get; private set; }

    public readonly OutputRule Output => s_outputs[RowOf(_hdcp), (int)_minimum];

    /// <summary>What a deal that applies says to this key; where it grants it on better terms than those before, it takes their place.</summary>
    public Verdict Weigh(DecisionRequest request, DealRule rule, DealTerms terms, in Holding holding, DevicePolicy policy)
    {
        var verdict = Check(request, rule, terms, holding, policy);
        if (verdict > Verdict) Verdict = verdict;
        if (verdict != Verdict.Granted) return verdict;
        var seconds = Math.Min(rule.SecondsFor(request.Use, policy), Moments.SecondsUntil(Math.Min(rule.ClosesMs, holding.EndFor(_track)), request.NowMs));
        var hdcp = _track == TrackType.Audio ? HdcpVersion.None : terms.HdcpFor(_track, policy);
        var minimum = terms.LowestFor(_track, _pixels, policy);
        if (Rule is not null && !IsBetter(rule, seconds, hdcp, minimum)) return verdict;
        (Rule, Seconds, _hdcp, _minimum) = (rule, seconds, hdcp, minimum);
        return verdict;
    }

    private readonly Verdict Check(DecisionRequest request, DealRule rule, DealTerms terms, in Holding holding, DevicePolicy policy)
    {
        if (_track == TrackType.Audio)
        {
            if (!rule.CoversAudio(Key)) return Verdict.Use;
        }
        else
        {
            if (_track > terms.MaxTrack) return Verdict.Use;
            if (_track > request.TokenMaxTrack) return Verdict.NotEntitled;
        }

        if (holding.EndFor(_track) == long.MinValue) return Verdict.NotEntitled;
        return terms.Allows(request.Level, _track, _pixels, policy) ? Verdict.Granted : Verdict.Level;
    }

    /// <summary>A total order, so that the order of deals does not matter.</summary>
    private readonly bool IsBetter(DealRule rule, long seconds, HdcpVersion hdcp, SecurityLevel minimum)
    {
        // Who pays is no free listener: not in reports, and not for advertisements.
        var (free, knownFree) = (rule.Deal.Model == CommercialModel.Free, Rule!.Deal.Model == CommercialModel.Free);
        if (free != knownFree) return knownFree;
        if (seconds != Seconds) return seconds > Seconds;
        var (streams, known) = (rule.Deal.MaxStreams ?? int.MaxValue, Rule.Deal.MaxStreams ?? int.MaxValue);
        if (streams != known) return streams > known;
        if (hdcp != _hdcp) return hdcp < _hdcp;
        return minimum != _minimum ? minimum < _minimum : string.CompareOrdinal(rule.Deal.Id, Rule.Deal.Id) < 0;
    }

    /// <summary>The highest track type and pixel count under a key: a range decides over the label, and what is unknown counts as the top.</summary>
    private static (TrackType Track, long Pixels) Protects(RequestedKey key)
    {
        if (key.Track == TrackType.Audio) return (TrackType.Audio, 0);
        var top = key.Track is { } label ? label.PixelRange()!.Value.Max ?? long.MaxValue : long.MaxValue;
        var pixels = key.MaxPixels ?? top;
        var track = TrackTypes.FromPixels(pixels);
        return (key.Track is { } named && named > track ? named : track, pixels);
    }

    /// <summary>The few rules there are, made once: row 0 none, 4 to 11 the versions.</summary>
    private static OutputRule[,] MakeOutputs()
    {
        var outputs = new OutputRule[12, 4];
        foreach (var hdcp in Enum.GetValues<HdcpVersion>())
            foreach (var level in Enum.GetValues<SecurityLevel>())
                outputs[RowOf(hdcp), (int)level] = new OutputRule(hdcp, level);
        return outputs;
    }

    private static int RowOf(HdcpVersion hdcp) => ((int)hdcp / 10 * 4) + ((int)hdcp % 10);
}
