using System.Security.Cryptography.X509Certificates;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Speke;

/// <summary>What an encryptor would ask for: the other side of <see cref="SpekeV2Contract"/>, to try a key server with.</summary>
public sealed record SpekeRequest
{
    public required string ContentId { get; init; }

    public SpekeVersion Version { get; init; } = SpekeVersion.V20;

    /// <summary>The scheme of all keys.</summary>
    public string Scheme { get; init; } = "cbcs";

    /// <summary>The keys: the track type and id of each. Track types are <c>ALL</c> or parts of presets joined with <c>+</c>.</summary>
    public required IReadOnlyList<(string TrackType, KeyId Kid)> Keys { get; init; }

    /// <summary>The systems, each for every key.</summary>
    public required IReadOnlyList<Guid> Systems { get; init; }

    /// <summary>The index of the crypto period, where keys rotate.</summary>
    public long? PeriodIndex { get; init; }

    /// <summary>The certificate that keys are to be encrypted for; null for clear keys.</summary>
    public X509Certificate2? Recipient { get; init; }

    /// <summary>The request as a document; <see cref="CpixDocument.Save"/> makes its body.</summary>
    /// <exception cref="ArgumentException">A track type is not known.</exception>
    public CpixDocument ToDocument()
    {
        var document = CpixDocument.Create(Version.ToCpixVersion(), ContentId);
        if (Recipient is not null) document.AddRecipient(Recipient);
        var period = PeriodIndex is null ? null : document.AddPeriod($"period_{PeriodIndex}");
        if (period is not null) period.Index = PeriodIndex;
        foreach (var (trackType, kid) in Keys)
        {
            document.AddContentKey(kid).CommonEncryptionScheme = Scheme;
            var rule = document.AddUsageRule(kid);
            if (period is not null) rule.AddPeriod(period);
            SpekePresets.AddFilters(rule, trackType);
        }

        foreach (var systemId in Systems)
            foreach (var (_, kid) in Keys)
                Ask(document.AddDrmSystem(systemId, kid));
        return document;
    }

    private static void Ask(CpixDrmSystem system)
    {
        if (system.System is not (DrmSystem.FairPlay or DrmSystem.Aes128))
        {
            system.AskFor("PSSH");
            system.AskFor("ContentProtectionData");
        }

        if (system.System == DrmSystem.PlayReady) system.AskFor("SmoothStreamingProtectionHeaderData");
        if (system.System == DrmSystem.ClearKey) return;
        system.AddHlsSignaling("media");
        system.AddHlsSignaling("master");
    }
}
