using DrmHub.Cenc;
using DrmHub.Vault.Audit;

namespace DrmHub.Host.Pages.Words;

/// <summary>Names of things as people say them.</summary>
internal static class Names
{
    public static string System(DrmSystem? system) => system switch
    {
        DrmSystem.Widevine => "Widevine",
        DrmSystem.PlayReady => "PlayReady",
        DrmSystem.FairPlay => "FairPlay",
        DrmSystem.ClearKey => "Clear Key",
        DrmSystem.Aes128 => "AES-128",
        _ => "",
    };

    public static string System(string? code) => code switch
    {
        "widevine" => "Widevine",
        "playready" => "PlayReady",
        "fairplay" => "FairPlay",
        "clearkey" => "Clear Key",
        "aes128" => "AES-128",
        _ => code ?? "no system",
    };

    /// <summary>The level as that DRM's people call it, and what it means.</summary>
    public static string Level(string? level) => level switch
    {
        "None" => "None",
        "Software" => "Software",
        "HardwareCrypto" => "Hardware crypto",
        "Hardware" => "Hardware",
        _ => level ?? "no level",
    };

    /// <summary>System and level in one: "Widevine L3", "Clear Key".</summary>
    public static string Device(DrmSystem? system, string? level) => (system, level) switch
    {
        (DrmSystem.Widevine, "Software") => "Widevine L3",
        (DrmSystem.Widevine, "HardwareCrypto") => "Widevine L2",
        (DrmSystem.Widevine, "Hardware") => "Widevine L1",
        (DrmSystem.PlayReady, "Software") => "PlayReady SL2000",
        (DrmSystem.PlayReady, "Hardware") => "PlayReady SL3000",
        (DrmSystem.PlayReady, "None") => "PlayReady test",
        (DrmSystem.FairPlay, "Hardware") => "FairPlay Main",
        (DrmSystem.FairPlay, "HardwareCrypto") => "FairPlay Baseline",
        (null, null) => "",
        (null, _) => Level(level),
        _ => System(system),
    };

    public static string Kind(AuditKind kind) => kind switch
    {
        AuditKind.KeysIssued => "keys issued",
        AuditKind.KeysRefused => "keys refused",
        AuditKind.LicenseGranted => "granted",
        AuditKind.LicenseRefused => "refused",
        AuditKind.LicenseRenewed => "renewed",
        AuditKind.LicenseReleased => "released",
        AuditKind.SessionEnded => "session ended",
        AuditKind.RightsChanged => "rights changed",
        AuditKind.Administration => "administration",
        AuditKind.Import => "import",
        AuditKind.Export => "export",
        AuditKind.Takedown => "takedown",
        AuditKind.Erasure => "erasure",
        AuditKind.EpochClosed => "epoch closed",
        AuditKind.DeviceServed => "device served",
        _ => kind.ToString(),
    };

    /// <summary>Which colour an outcome has; everything else is grey.</summary>
    public static string Tone(AuditRecord record) => record.Kind switch
    {
        AuditKind.LicenseGranted or AuditKind.LicenseRenewed or AuditKind.KeysIssued => record.Keys.Any(key => !key.Granted) ? "withheld" : "granted",
        AuditKind.LicenseRefused or AuditKind.KeysRefused => "refused",
        _ => "plain",
    };

    /// <summary>"granted in part" where keys were withheld from a licence.</summary>
    public static string Outcome(AuditRecord record) =>
        record.Kind is AuditKind.LicenseGranted or AuditKind.LicenseRenewed && record.Keys.Any(key => !key.Granted) ? "in part" : Kind(record.Kind);
}
