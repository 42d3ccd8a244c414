using System.Runtime.CompilerServices;
using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>One key on the scales: what it protects, and the best deal found for it so far.</summary>
internal struct KeyWeighing
{
    /// <summary>Room for the keys of most licences.</summary>
    [InlineArray(Count)]
    public struct Few
    {
        public const int Count = 5;

        private KeyWeighing _first;
    }

    private static readonly OutputRule[,] s_outputs = MakeOutputs();

    private readonly TrackType _track;
    private readonly long _pixels;
    private DealTerms? _terms;

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

    /// <summary>What the best deal says of the key's use.</summary>
    public readonly OutputRule OutputUnder(DevicePolicy policy) => s_outputs[RowOf(HdcpOf(_terms!, policy)), (int)MinimumOf(_terms!, policy)];

    /// <summary>What a deal that applies says to this key; where it grants it on better terms than those before, it takes their place.</summary>
    public Verdict Weigh(in Asked asked, DealRule rule, DealTerms terms, in Holding holding)
    {
        var verdict = Check(asked, rule, terms, holding);
        if (verdict > Verdict) Verdict = verdict;
        if (verdict != Verdict.Granted) return verdict;
        var seconds = Math.Min(rule.SecondsFor(asked.Use, asked.Policy), Moments.SecondsUntil(Math.Min(rule.ClosesMs, holding.EndFor(_track)), asked.NowMs));
        if (Rule is null || IsBetter(rule, terms, seconds, asked.Policy)) (Rule, _terms, Seconds) = (rule, terms, seconds);
        return verdict;
    }

    private readonly Verdict Check(in Asked asked, DealRule rule, DealTerms terms, in Holding holding)
    {
        if (_track == TrackType.Audio)
        {
            if (!rule.CoversAudio(Key)) return Verdict.Use;
        }
        else
        {
            if (_track > terms.MaxTrack) return Verdict.Use;
            if (_track > asked.MaxTrack) return Verdict.NotEntitled;
        }

        if (holding.EndFor(_track) == long.MinValue) return Verdict.NotEntitled;
        return terms.Allows(asked, _track, _pixels) ? Verdict.Granted : Verdict.Level;
    }

    /// <summary>A total order, so that the order of deals does not matter.</summary>
    private readonly bool IsBetter(DealRule rule, DealTerms terms, long seconds, DevicePolicy policy)
    {
        if (seconds != Seconds) return seconds > Seconds;

        // Who pays is no free listener: not in reports, and not for advertisements.
        var (free, knownFree) = (rule.Deal.Model == CommercialModel.Free, Rule!.Deal.Model == CommercialModel.Free);
        if (free != knownFree) return knownFree;
        var (streams, known) = (rule.Deal.MaxStreams ?? int.MaxValue, Rule.Deal.MaxStreams ?? int.MaxValue);
        if (streams != known) return streams > known;
        var (hdcp, before) = (HdcpOf(terms, policy), HdcpOf(_terms!, policy));
        if (hdcp != before) return hdcp < before;
        var (minimum, lowest) = (MinimumOf(terms, policy), MinimumOf(_terms!, policy));
        return minimum != lowest ? minimum < lowest : string.CompareOrdinal(rule.Deal.Id, Rule.Deal.Id) < 0;
    }

    private readonly HdcpVersion HdcpOf(DealTerms terms, DevicePolicy policy) => _track == TrackType.Audio ? HdcpVersion.None : terms.HdcpFor(_track, policy);

    private readonly SecurityLevel MinimumOf(DealTerms terms, DevicePolicy policy) => terms.LowestFor(_track, _pixels, policy);

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
