using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Speke;

/// <summary>
/// Reads and checks the contract of a SPEKE v2.0 or v2.1 request. The steps, in this order: the document; content id and version;
/// the three lists; schemes; systems; periods; the rules. Each failure has the text that SPEKE prescribes for it.
/// </summary>
public sealed class SpekeV2Contract
{
    private readonly CpixDocument _document;
    private readonly SpekeVersion _version;

    private SpekeV2Contract(CpixDocument document, SpekeVersion version)
    {
        _document = document;
        _version = version;
    }

    /// <param name="body">The request's body.</param>
    /// <param name="version">From <see cref="SpekeVersions.Parse"/>, which comes first.</param>
    /// <param name="limits">What the document may cost; default <see cref="CpixLimits.Requests"/>.</param>
    /// <exception cref="SpekeException">The request is refused.</exception>
    public static SpekeContract Parse(ReadOnlySpan<byte> body, SpekeVersion version, CpixLimits? limits = null)
    {
        try
        {
            return Parse(CpixDocument.Load(body, limits ?? CpixLimits.Requests), version);
        }
        catch (CpixException e)
        {
            throw Refuse(e);
        }
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte}, SpekeVersion, CpixLimits)"/>
    public static SpekeContract Parse(CpixDocument document, SpekeVersion version)
    {
        ArgumentNullException.ThrowIfNull(document);
        try
        {
            return new SpekeV2Contract(document, version).Read();
        }
        catch (CpixException e)
        {
            throw Refuse(e);
        }
    }

    /// <summary>The answer for a document that could not be loaded.</summary>
    public static SpekeException Refuse(CpixException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var status = exception.Code == CpixCodes.Size ? SpekeException.ContentTooLarge : SpekeException.UnprocessableContent;
        return new SpekeException(status, SpekeMessages.Malformed, exception.Message, exception);
    }

    private SpekeContract Read()
    {
        // 1. The document as a whole.
        if (string.IsNullOrWhiteSpace(_document.ContentId)) throw new SpekeException(SpekeMessages.MissingContentId);
        if (string.IsNullOrWhiteSpace(_document.Version)) throw new SpekeException(SpekeMessages.MissingVersion);
        if (_document.Version.Trim() != _version.ToCpixVersion()) throw new SpekeException(SpekeMessages.UnsupportedVersion);

        // 2. The lists.
        if (_document.ContentKeys.Count == 0) throw Malformed("The request has no ContentKey.");
        if (_document.DrmSystems.Count == 0) throw Malformed("The request has no DRMSystem.");
        if (_document.UsageRules.Count == 0) throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.MissingContract, "The request has no ContentKeyUsageRule.");
        if (_document.DeliveryData.Any(static d => d.CertificateBytes is null)) throw Malformed("DeliveryKey has no X509Certificate.");

        // 3. Schemes and systems.
        var scheme = ReadScheme();
        var systems = ReadSystems(scheme);

        // 4. Periods and rules.
        var periods = ReadPeriods();
        if (_document.UsageRules.All(static r => r.VideoFilters.Count == 0 && r.AudioFilters.Count == 0)) throw new SpekeException(SpekeMessages.MissingContract);
        var rules = ReadRules(periods);
        var keys = _document.ContentKeys.Select(k => ReadKey(k, rules, systems, periods)).ToList();
        return new SpekeContract(_document, _document.ContentId, scheme, keys, _document.DeliveryData.Count > 0);
    }

    private string ReadScheme()
    {
        foreach (var key in _document.ContentKeys)
            if (string.IsNullOrWhiteSpace(key.CommonEncryptionScheme))
                throw new SpekeException(SpekeMessages.MissingScheme(key.Element.Get("kid")!));
        var scheme = _document.ContentKeys[0].CommonEncryptionScheme!;
        if (_document.ContentKeys.Any(k => k.CommonEncryptionScheme != scheme)) throw new SpekeException(SpekeMessages.SchemeCombination);
        return SpekeSchemes.IsKnown(scheme, _version) ? scheme : throw Malformed($"{scheme} is no commonEncryptionScheme of SPEKE {_version.ToHeader()}.");
    }

    private Dictionary<KeyId, List<CpixDrmSystem>> ReadSystems(string scheme)
    {
        var systems = new Dictionary<KeyId, List<CpixDrmSystem>>(_document.ContentKeys.Count);
        foreach (var key in _document.ContentKeys) systems.Add(key.Kid, new List<CpixDrmSystem>(4));
        foreach (var system in _document.DrmSystems)
        {
            if (!systems.TryGetValue(system.Kid, out var ofKey)) throw Malformed($"DRMSystem names {system.Kid}, which is no ContentKey.");
            // The list is short: it holds systems that are known here, each once.
            if (ofKey.Exists(other => other.SystemId == system.SystemId)) throw Malformed($"There are two DRMSystem elements for {system.Kid} and {system.SystemId}.");
            if (system.System is not { } known) throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.NotSupported, $"The DRM system {system.SystemId} is not known here.");
            if (!SpekeSchemes.Fits(scheme, known)) throw new SpekeException(SpekeMessages.IncompatibleScheme(system.Element.Get("systemId")!));
            CheckHls(system.HlsSignaling);
            ofKey.Add(system);
        }

        return systems;
    }

    private static void CheckHls(IReadOnlyList<CpixHlsSignaling> signaling)
    {
        if (signaling.Count > 2 || (signaling.Count == 2 && signaling[0].IsMedia && signaling[1].IsMedia)) throw Malformed("There is more than one HLSSignalingData for one kind of playlist.");
        for (var i = 0; i < signaling.Count; i++)
            if (signaling[i].Playlist is not ("media" or "master" or "multiVariant"))
                throw Malformed("HLSSignalingData@playlist is neither media nor master.");
    }

    private Dictionary<string, CpixPeriod> ReadPeriods()
    {
        var periods = new Dictionary<string, CpixPeriod>(StringComparer.Ordinal);
        foreach (var period in _document.Periods)
        {
            var isLive = period.Start is not null && period.EffectiveEnd > period.Start;
            var isOffset = period.StartOffset is not null && period.EffectiveEndOffset > period.StartOffset;
            var isGood = period.Index is not null || (_version == SpekeVersion.V21 && (isLive || isOffset));
            if (!isGood || period.EffectiveEnd <= period.Start || period.EffectiveEndOffset <= period.StartOffset)
                throw Malformed("A ContentKeyPeriod has no usable index or span.");
            if (string.IsNullOrEmpty(period.Id)) throw Malformed("A ContentKeyPeriod has no id.");
            periods[period.Id] = period;
        }

        return periods;
    }

    private Dictionary<KeyId, CpixUsageRule> ReadRules(Dictionary<string, CpixPeriod> periods)
    {
        var rules = new Dictionary<KeyId, CpixUsageRule>();
        var types = new HashSet<(string Type, string Period)>();
        var rulesOfPeriod = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var rule in _document.UsageRules)
        {
            if (_document.FindKey(rule.Kid) is null) throw Malformed($"ContentKeyUsageRule names {rule.Kid}, which is no ContentKey.");
            if (!rules.TryAdd(rule.Kid, rule)) throw Malformed($"There are two ContentKeyUsageRule elements for {rule.Kid}.");
            if (string.IsNullOrWhiteSpace(rule.IntendedTrackType)) throw Malformed($"ContentKeyUsageRule@intendedTrackType is missing for {rule.Kid}.");
            if (rule.PeriodIds.FirstOrDefault(id => !periods.ContainsKey(id)) is { } unknown) throw Malformed($"KeyPeriodFilter names {unknown}, which is no ContentKeyPeriod.");
            if (rule.PeriodIds.Count > 1) throw Malformed("A ContentKeyUsageRule names more than one period.");
            SpekeRuleCheck.Check(rule);

            // A track type is unique in a contract; with rotation, each period has a contract of its own.
            var period = rule.PeriodIds.Count == 0 ? "" : rule.PeriodIds[0];
            if (!types.Add((rule.IntendedTrackType, period))) throw Malformed($"intendedTrackType {rule.IntendedTrackType} occurs twice.");
            rulesOfPeriod[period] = rulesOfPeriod.GetValueOrDefault(period) + 1;
        }

        foreach (var (_, period) in types.Where(static t => t.Type == "ALL"))
            if (rulesOfPeriod[period] > 1)
                throw Malformed("intendedTrackType ALL stands alone.");
        if (rulesOfPeriod.Count > 1 && rulesOfPeriod.ContainsKey("")) throw Malformed("Some rules name a period and some do not.");
        return rules;
    }

    private static SpekeKeyRequest ReadKey(
        CpixContentKey key, Dictionary<KeyId, CpixUsageRule> rules, Dictionary<KeyId, List<CpixDrmSystem>> systems, Dictionary<string, CpixPeriod> periods)
    {
        if (!rules.TryGetValue(key.Kid, out var rule)) throw Malformed($"No ContentKeyUsageRule is for {key.Kid}.");
        return new SpekeKeyRequest
        {
            Key = key,
            TrackType = rule.IntendedTrackType,
            Range = SpekeTrackRange.Of(rule),
            Period = rule.PeriodIds.Count == 0 ? null : periods[rule.PeriodIds[0]],
            Systems = systems[key.Kid],
        };
    }

    internal static SpekeException Malformed(string detail) => new(SpekeException.UnprocessableContent, SpekeMessages.Malformed, detail);
}
