using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>What loading does not ask for: references that lead somewhere, attributes that fit together, values that are what they say.</summary>
internal sealed class CpixValidator(CpixDocument document)
{
    private readonly List<CpixProblem> _problems = [];
    private readonly bool _is24 = document.Version == "2.4";
    private readonly HashSet<string?> _periodIds = [.. document.Periods.Select(static p => p.Id)];
    private string _where = "CPIX";

    public static IReadOnlyList<CpixProblem> Validate(CpixDocument document)
    {
        var validator = new CpixValidator(document);
        validator.Document();
        validator.Each(document.DeliveryData, validator.DeliveryData);
        validator.Each(document.ContentKeys, validator.ContentKey);
        validator.Each(document.DrmSystems, validator.DrmSystem);
        validator.Each(document.Periods, validator.Period);
        validator.Each(document.UsageRules, validator.UsageRule);
        return validator._problems;
    }

    private void Each<T>(CpixList<T> list, Action<T> check)
        where T : CpixEntity
    {
        for (var i = 0; i < list.Count; i++)
        {
            _where = $"{list[i].Element.LocalName}[{XmlValues.Format(i + 1)}]";
            if (list[i].Id is { } id && !XmlValues.IsId(id)) Add(CpixCodes.Schema, "@id is no XML id.");
            try
            {
                check(list[i]);
            }
            catch (CpixException e)
            {
                Add(e.Code, e.Message);
            }
        }
    }

    private void Document()
    {
        if (document.Version is not (null or "2.0" or "2.1" or "2.2" or "2.3" or "2.4")) Add(CpixCodes.Attribute, "@version is none of 2.0 to 2.4.");
        if (document.ContentId is not null && document.ContentKeys.Any(static k => k.ContentId is not null))
            Add(CpixCodes.AttributeCombination, "contentId is on the document or on its keys, not on both.");
        if (document.DeliveryData.Count == 0 && document.ContentKeys.Any(static k => k.IsEncrypted))
            Add(CpixCodes.EncryptionState, "There are encrypted keys, but no recipients.");
        if (document.Id is { } id && !XmlValues.IsId(id)) Add(CpixCodes.Schema, "@id is no XML id.");
    }

    private void DeliveryData(CpixDeliveryData delivery)
    {
        foreach (var key in delivery.DocumentKeys)
        {
            foreach (var kid in key.EncryptsKeys) KnownKid(kid, "encryptsKey");
            if (_is24 && key.Algorithm is not null) Add(CpixCodes.Schema, "The XSD of 2.4 has no DocumentKey@Algorithm, although SPEKE asks for it.");
            if (key.EncryptsKeys.Count > 1) Add(CpixCodes.Schema, "The XSD has room for one kid in encryptsKey, although the text has several.");
        }

        var hasEncryptedKeys = document.ContentKeys.Any(static k => k.IsEncrypted);
        if (hasEncryptedKeys && delivery.DocumentKeys.Count == 0) Add(CpixCodes.Element, "The recipient has no DocumentKey.");
        if (hasEncryptedKeys && delivery.MacMethod is null) Add(CpixCodes.MissingMac, "The recipient has no MACMethod.");
        using var certificate = delivery.GetCertificate();
        CpixCertificates.Judge(certificate, CpixCertificatePolicy.Default).Dispose();
    }

    private void ContentKey(CpixContentKey key)
    {
        if (key.DependsOnKey is not null)
        {
            if (key.ContentId is not null || key.CommonEncryptionScheme is not null || key.HasHdcpData)
                Add(CpixCodes.AttributeCombination, "A key that depends on another takes contentId, commonEncryptionScheme and HDCPData from it.");
            document.KeyChain(key.Kid);
        }

        if (key.Element.Get("explicitIV") is { Length: 36 } text && KeyId.TryParse(text, out _)) Add(CpixCodes.Schema, "@explicitIV is a UUID, not base64.");
        if (!_is24 && (key.HasHdcpData || key.ContentId is not null)) Add(CpixCodes.Schema, "HDCPData and ContentKey@contentId came with 2.4.");
        if (key.GetKeyBytes() is { } bytes) System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        if (key.IsEncrypted && key.Secret.GetEncryptedValue().Mac is null) Add(CpixCodes.MissingMac, "The encrypted value has no MAC.");
        _ = key.HdcpOutputProtectionData;
    }

    private void DrmSystem(CpixDrmSystem system)
    {
        KnownKid(system.Kid, "kid");
        if (system.Pssh is { } pssh && !IsPsshOf(pssh, system.SystemId)) Add(CpixCodes.Element, "PSSH is no whole pssh box of this system.");
        _ = system.ContentProtectionData;
        _ = system.UriExtXKey;
        _ = system.HdsSignalingData;
        if (system.HlsSignaling.Count(static h => h.IsMedia) > 1 || system.HlsSignaling.Count(static h => !h.IsMedia) > 1)
            Add(CpixCodes.Element, "There is more than one HLSSignalingData for one kind of playlist.");
        foreach (var hls in system.HlsSignaling)
        {
            _ = hls.Text;
            if (hls.Playlist is not (null or "media" or "master" or "multiVariant")) Add(CpixCodes.Attribute, "@playlist is none of media, master and multiVariant.");
            else if (hls.Playlist == (_is24 ? "master" : "multiVariant")) Add(CpixCodes.Schema, "@playlist is master up to 2.3 and multiVariant since 2.4.");
        }

        if (_is24 && (system.Has("URIExtXKey") || system.Has("HDSSignalingData"))) Add(CpixCodes.Schema, "URIExtXKey and HDSSignalingData went with 2.4.");
        if (!_is24 && (system.HlsAllowedCpc is not null || system.Robustness is not null)) Add(CpixCodes.Schema, "HLSAllowedCPC and robustness came with 2.4.");
    }

    private void Period(CpixPeriod period)
    {
        var isLive = period.Start is not null || period.End is not null;
        var isOffset = period.StartOffset is not null || period.EndOffset is not null;
        if (isLive && isOffset) Add(CpixCodes.Period, "A period has times or offsets, not both.");
        if ((period.End is not null || period.EndOffset is not null) && period.Duration is not null) Add(CpixCodes.Period, "A period has an end or a duration, not both.");
        if (isLive && (period.Start is null || period.EffectiveEnd is null)) Add(CpixCodes.Period, "A period needs a start, and an end or a duration.");
        if (isOffset && (period.StartOffset is null || period.EffectiveEndOffset is null)) Add(CpixCodes.Period, "A period needs a startOffset, and an endOffset or a duration.");
        if (period.EffectiveEnd <= period.Start || period.EffectiveEndOffset <= period.StartOffset) Add(CpixCodes.Period, "The period ends before it starts.");
        if (!isLive && !isOffset && period.Index is null && period.Label is null) Add(CpixCodes.Period, "The period has neither index, label, times nor offsets.");
        if (!_is24 && (isOffset || period.Duration is not null || period.Label is not null)) Add(CpixCodes.Schema, "Labels, offsets and durations came with 2.4.");
    }

    private void UsageRule(CpixUsageRule rule)
    {
        KnownKid(rule.Kid, "kid");
        foreach (var id in rule.PeriodIds.Where(id => !_periodIds.Contains(id))) Add(CpixCodes.Rule, $"There is no period {id}.");
        if (rule.HasUnknownFilters) Add(CpixCodes.Rule, "The rule has a filter that is not known, so it never matches.");
        if (rule.BitrateFilters.Any(static f => !f.IsValid)) Add(CpixCodes.Rule, "A BitrateFilter needs a bound.");
        if (rule.VideoFilters.Any(static f => f.MinPixels > f.MaxPixels || f.MinFps >= f.MaxFps)
            || rule.AudioFilters.Any(static f => f.MinChannels > f.MaxChannels)
            || rule.BitrateFilters.Any(static f => f.MinBitrate > f.MaxBitrate))
            Add(CpixCodes.Rule, "A filter has a minimum above its maximum.");
        if (rule.VideoFilters.Count > 0 && rule.AudioFilters.Count > 0 && rule.IntendedTrackType != "ALL")
            Add(CpixCodes.Rule, "The rule asks for video and for audio at once, so it never matches.");
    }

    private void KnownKid(KeyId kid, string attribute)
    {
        if (document.FindKey(kid) is null) Add(CpixCodes.UnknownKid, $"@{attribute} names {kid}, which is no content key of the document.");
    }

    // size(4) 'pssh' version+flags(4) SystemID(16) … (ISO/IEC 23001-7, 8.1).
    private static bool IsPsshOf(byte[] box, Guid systemId) =>
        box.Length >= 32
        && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(box) == box.Length
        && box.AsSpan(4, 4).SequenceEqual("pssh"u8)
        && new Guid(box.AsSpan(12, 16), bigEndian: true) == systemId;

    private void Add(string code, string message) => _problems.Add(new CpixProblem(code, _where, message));
}
