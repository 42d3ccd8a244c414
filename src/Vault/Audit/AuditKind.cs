namespace DrmHub.Vault.Audit;

/// <summary>What an entry records.</summary>
public enum AuditKind
{
    KeysIssued = 1,
    KeysRefused,
    LicenseGranted,
    LicenseRefused,
    LicenseRenewed,
    LicenseReleased,
    SessionEnded,
    RightsChanged,
    Administration,
    Import,
    Export,
    Takedown,
    Erasure,

    /// <summary>Written by the log itself: a stretch of entries is closed with the root of its map of grants (docs/audit.md, absence).</summary>
    EpochClosed,

    /// <summary>A player's DRM asked for something beside licences (a domain, metering, an acknowledgement), and a service answered.</summary>
    DeviceServed,
}

/// <summary>The names of the kinds inside entries. They never change: proofs of old entries depend on them.</summary>
public static class AuditKinds
{
    private static readonly Dictionary<string, AuditKind> s_byName =
        Enum.GetValues<AuditKind>().ToDictionary(kind => kind.ToName(), StringComparer.Ordinal);

    /// <summary>Noun and verb in lower case with a dot: <c>license.granted</c>.</summary>
    public static string ToName(this AuditKind kind) => kind switch
    {
        AuditKind.KeysIssued => "keys.issued",
        AuditKind.KeysRefused => "keys.refused",
        AuditKind.LicenseGranted => "license.granted",
        AuditKind.LicenseRefused => "license.refused",
        AuditKind.LicenseRenewed => "license.renewed",
        AuditKind.LicenseReleased => "license.released",
        AuditKind.SessionEnded => "session.ended",
        AuditKind.RightsChanged => "rights.changed",
        AuditKind.Administration => "administration",
        AuditKind.Import => "import",
        AuditKind.Export => "export",
        AuditKind.Takedown => "takedown",
        AuditKind.Erasure => "erasure",
        AuditKind.EpochClosed => "epoch.closed",
        AuditKind.DeviceServed => "device.served",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static bool TryParse(string? name, out AuditKind kind)
    {
        kind = default;
        return name is not null && s_byName.TryGetValue(name, out kind);
    }
}
