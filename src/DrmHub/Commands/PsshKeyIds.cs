using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Host.Commands;

/// <summary>The key ids that a pssh names, in the box or in its data.</summary>
internal static class PsshKeyIds
{
    public static IReadOnlyList<KeyId> Of(PsshFinding finding)
    {
        if (finding.Box is { KeyIds.Count: > 0 } box) return box.KeyIds;
        var data = finding.Box?.Data ?? finding.Data;
        if (PlayReadyObject.TryParse(data.Span, out var playReady)) return [.. playReady.ReadHeader()?.Keys.Select(key => key.KeyId) ?? []];
        var isWidevine = finding.Box is null || finding.Box.System == DrmSystem.Widevine;
        return isWidevine && WidevinePsshData.TryParse(data.Span, out var widevine) ? widevine.ContentKeyIds : [];
    }
}
