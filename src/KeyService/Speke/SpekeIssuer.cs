using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.Speke;

/// <summary>From a checked contract to its filled document.</summary>
internal sealed class SpekeIssuer(KeyIssuer issuer)
{
    private const int IvSize = 16;

    /// <exception cref="SpekeException">The contract contradicts what the content id already has, or its content id is not one.</exception>
    public async Task<XmlAnswer> AnswerAsync(SpekeContract contract, SpekeSignalling signalling, string packager, string protocol, CancellationToken cancellationToken)
    {
        if (!KeyStore.IsValidContentId(contract.ContentId))
            throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.Malformed, $"The content id is not 1 to {KeyStore.MaxContentIdBytes} bytes of text.");
        if (contract.Keys.Count > KeyStore.MaxSpecs)
            throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.NotSupported, $"The contract has more than {KeyStore.MaxSpecs} keys.");

        var scheme = SchemeOf(contract.Scheme);
        var keys = await IssueAsync(contract, scheme, packager, protocol, cancellationToken);
        try
        {
            return Fill(contract, scheme, keys, signalling);
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }

    /// <param name="keys">One for each key of the contract, in its order.</param>
    public static XmlAnswer Fill(SpekeContract contract, ProtectionScheme? scheme, IReadOnlyList<VaultKey> keys, SpekeSignalling signalling)
    {
        var answers = new Dictionary<KeyId, SpekeKeyAnswer>();
        for (var i = 0; i < keys.Count; i++) answers[contract.Keys[i].Kid] = AnswerFor(contract.Keys[i], keys[i], scheme, signalling);
        return new XmlAnswer(contract.Scheme is null ? SpekeFiller.WriteV1(contract, answers) : SpekeFiller.WriteV2(contract, answers));
    }

    private async Task<IReadOnlyList<VaultKey>> IssueAsync(SpekeContract contract, ProtectionScheme? scheme, string packager, string protocol, CancellationToken cancellationToken)
    {
        KeySpec[] specs = [.. contract.Keys.Select(key => SpecOf(key, scheme))];
        try
        {
            try
            {
                return await issuer.GetOrCreateAsync(contract.ContentId, specs, packager, protocol, cancellationToken);
            }
            catch (KeyConflictException) when (contract.Scheme is null)
            {
                return await issuer.GetOrCreateAsync(contract.ContentId, await AsKnownAsync(contract.ContentId, specs, cancellationToken), packager, protocol, cancellationToken);
            }
        }
        catch (KeyConflictException conflict)
        {
            throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.NotSupported, conflict.Message, conflict);
        }
        catch (ArgumentException invalid)
        {
            throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.Malformed, invalid.Message, invalid);
        }
    }

    /// <summary>
    /// A v1 request names a key by its id and says neither track nor scheme, and a live one says a period where one for the recording of it does not: what it does
    /// not say contradicts nothing. Only another content id does.
    /// </summary>
    private async Task<KeySpec[]> AsKnownAsync(string contentId, KeySpec[] specs, CancellationToken cancellationToken)
    {
        var known = (await issuer.DescribeAsync([.. specs.Select(spec => spec.RequestedKeyId!.Value)], cancellationToken)).Where(key => key.ContentId == contentId).ToDictionary(key => key.KeyId);
        return Array.ConvertAll(specs, spec => known.TryGetValue(spec.RequestedKeyId!.Value, out var key) ? spec with { Track = key.Track, Scheme = key.Scheme, CryptoPeriod = key.CryptoPeriod } : spec);
    }

    /// <summary>
    /// The key row says what the key protects: a range of pixels where it is for video, a range of channels where it is for audio.
    /// An open end stays open, and counts as the top when a licence is decided.
    /// </summary>
    internal static KeySpec SpecOf(SpekeKeyRequest request, ProtectionScheme? scheme) => new()
    {
        Track = request.TrackType ?? "ALL",
        Scheme = scheme ?? ProtectionScheme.Cenc,
        CryptoPeriod = IndexOf(request.Period),
        RequestedKeyId = request.Kid,
        Iv = request.Key.ExplicitIV ?? RandomNumberGenerator.GetBytes(IvSize),
        MinPixels = request.Range.IsVideo ? request.Range.MinPixels ?? 0 : null,
        MaxPixels = request.Range.IsVideo ? request.Range.MaxPixels : null,
        MinChannels = request.Range.IsAudio ? (int)(request.Range.MinChannels ?? 0) : null,
        MaxChannels = request.Range.IsAudio ? (int?)request.Range.MaxChannels : null,
    };

    /// <summary>A period without an index but with a span (v2.1) counts spans of its length since 1970, or since the start of the content.</summary>
    internal static long? IndexOf(CpixPeriod? period)
    {
        if (period?.Index is { } index) return index;
        var (start, length) = period switch
        {
            { Start: { } from, EffectiveEnd: { } to } => (from - DateTimeOffset.UnixEpoch, to - from),
            { StartOffset: { } from, EffectiveEndOffset: { } to } => (from, to - from),
            _ => (TimeSpan.Zero, TimeSpan.Zero),
        };
        return length > TimeSpan.Zero && start >= TimeSpan.Zero ? start.Ticks / length.Ticks : null;
    }

    private static SpekeKeyAnswer AnswerFor(SpekeKeyRequest request, VaultKey key, ProtectionScheme? scheme, SpekeSignalling signalling)
    {
        var rules = SpekeOutputRules.For(request.Range);
        var signals = new Dictionary<Guid, SpekeSignals>();
        foreach (var system in request.Systems)
        {
            if (system.System is not { } known || signals.ContainsKey(system.SystemId)) continue;
            signals[system.SystemId] = signalling.For(known, key, scheme) with { Robustness = rules.RobustnessOf(known), HlsAllowedCpc = rules.AllowedCpcOf(known) };
        }

        return new SpekeKeyAnswer
        {
            Kid = key.KeyId,
            Key = key.Key,
            IV = key.Iv is { Length: IvSize } iv ? iv : null,
            Signals = signals,
            HlsHdcpLevel = request.Key.HasHdcpData ? rules.HlsHdcpLevel : null,
            HdcpOutputProtectionData = request.Key.HasHdcpData ? rules.ToDash() : null,
        };
    }

    /// <summary>Null in v1, which does not say.</summary>
    private static ProtectionScheme? SchemeOf(string? text) =>
        text is null ? null
        : TryScheme(text, out var scheme) ? scheme
        : throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.NotSupported, "The scheme is not known.");

    /// <summary>A four-character code, or from CPIX 2.4 on a method of HLS.</summary>
    internal static bool TryScheme(string? text, out ProtectionScheme scheme)
    {
        (var known, scheme) = text switch
        {
            "SAMPLE-AES" => (true, ProtectionScheme.Cbcs),
            "SAMPLE-AES-CTR" => (true, ProtectionScheme.Cenc),
            "AES-128" => (true, ProtectionScheme.Cbc1),
            _ => (ProtectionSchemes.TryParse(text, out var parsed), parsed),
        };
        return known;
    }
}
