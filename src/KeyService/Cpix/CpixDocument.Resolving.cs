using DrmHub.Cenc;

namespace DrmHub.KeyService.Cpix;

/// <summary>Questions to a document: periods, keys of tracks, hierarchies.</summary>
public sealed partial class CpixDocument
{
    /// <summary>The periods that contain a moment, in the order of the document; periods may overlap.</summary>
    public IReadOnlyList<CpixPeriod> FindPeriods(CpixMoment moment)
    {
        ArgumentNullException.ThrowIfNull(moment);
        return [.. Periods.Where(p => p.Contains(moment))];
    }

    /// <summary>
    /// The key for a track at a moment. A rule with period filters needs a moment; a document without rules and with one key has that
    /// key for everything.
    /// </summary>
    public CpixResolution Resolve(CpixTrack track, CpixMoment? moment = null)
    {
        ArgumentNullException.ThrowIfNull(track);
        if (UsageRules.Count == 0)
        {
            return ContentKeys.Count == 1
                ? new CpixResolution(CpixOutcome.One, ContentKeys[0], [ContentKeys[0].Kid], [], [])
                : new CpixResolution(CpixOutcome.None, null, [], [], []);
        }

        var periods = moment is null
            ? new HashSet<string>(StringComparer.Ordinal)
            : FindPeriods(moment).Where(static p => p.Id is not null).Select(static p => p.Id!).ToHashSet(StringComparer.Ordinal);
        var rules = UsageRules.Where(r => r.Matches(track, periods)).ToList();
        var unusable = UsageRules.Where(static r => !r.IsUsable).ToList();
        var kids = rules.Select(static r => r.Kid).Distinct().ToList();
        return kids.Count switch
        {
            0 => new CpixResolution(CpixOutcome.None, null, kids, rules, unusable),
            1 => new CpixResolution(CpixOutcome.One, FindKey(kids[0]), kids, rules, unusable),
            _ => new CpixResolution(CpixOutcome.Ambiguous, null, kids, rules, unusable),
        };
    }

    /// <summary>A key and the keys that it depends on, from the leaf to the root.</summary>
    /// <exception cref="CpixException">The chain leads in a circle, or to a key that is not there.</exception>
    public IReadOnlyList<CpixContentKey> KeyChain(KeyId kid)
    {
        var chain = new List<CpixContentKey>();
        var seen = new HashSet<KeyId>();
        for (KeyId? next = kid; next is { } id;)
        {
            var key = FindKey(id) ?? throw new CpixException(CpixCodes.Hierarchy, $"There is no content key {id}.");
            if (!seen.Add(id)) throw new CpixException(CpixCodes.Hierarchy, $"The content key {id} depends on itself.");
            chain.Add(key);
            next = key.DependsOnKey;
        }

        return chain;
    }

    /// <summary>The scheme of a key; a leaf has that of its root.</summary>
    /// <exception cref="CpixException">The chain leads in a circle, or to a key that is not there.</exception>
    public string? EffectiveScheme(KeyId kid) => KeyChain(kid).Select(static k => k.CommonEncryptionScheme).FirstOrDefault(static s => s is not null);

    /// <summary>The content that a key belongs to: its own id, its root's, or the document's.</summary>
    /// <exception cref="CpixException">The chain leads in a circle, or to a key that is not there.</exception>
    public string? EffectiveContentId(KeyId kid) => KeyChain(kid).Select(static k => k.ContentId).FirstOrDefault(static c => c is not null) ?? ContentId;

    /// <summary>How a key is signalled: its own DRM systems, and those of the keys that it depends on, because players get the root key.</summary>
    /// <exception cref="CpixException">The chain leads in a circle, or to a key that is not there.</exception>
    public IReadOnlyList<CpixDrmSystem> FindDrmSystems(KeyId kid)
    {
        var kids = KeyChain(kid).Select(static k => k.Kid).ToHashSet();
        return [.. DrmSystems.Where(s => kids.Contains(s.Kid))];
    }

    /// <summary>Everything that is wrong although the document could be loaded; empty for a good one. Signatures are not looked at.</summary>
    public IReadOnlyList<CpixProblem> Validate() => CpixValidator.Validate(this);
}
