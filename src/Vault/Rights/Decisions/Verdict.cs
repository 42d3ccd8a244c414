namespace DrmHub.Vault.Rights;

/// <summary>
/// What a deal says to a key, in the order of the checks: the greater came further. Where nothing is granted the furthest is the
/// reason, because that deal is the one that a rights person would change.
/// </summary>
internal enum Verdict : byte
{
    NoDeal,
    Closed,
    NotOpen,
    Territory,
    Use,
    NotEntitled,
    Expired,
    Suspended,
    Level,
    Granted,
}

internal static class Verdicts
{
    public static string? ToReason(this Verdict verdict) => verdict switch
    {
        Verdict.NoDeal => ReasonCodes.DealNone,
        Verdict.Closed => ReasonCodes.DealClosed,
        Verdict.NotOpen => ReasonCodes.DealNotOpen,
        Verdict.Territory => ReasonCodes.DealTerritory,
        Verdict.Use => ReasonCodes.DealUse,
        Verdict.NotEntitled => ReasonCodes.EntitlementNone,
        Verdict.Expired => ReasonCodes.EntitlementExpired,
        Verdict.Suspended => ReasonCodes.EntitlementSuspended,
        Verdict.Level => ReasonCodes.DeviceLevel,
        _ => null,
    };

    /// <summary>The rest of a sentence that begins with the deal or the key.</summary>
    public static string ToSentence(this Verdict verdict) => verdict switch
    {
        Verdict.Closed => "its window has closed.",
        Verdict.NotOpen => "its window has not opened.",
        Verdict.Territory => "the country is outside its territories, or unknown.",
        Verdict.Use => "it does not cover this use, picture, language or quality.",
        Verdict.NotEntitled => "the subscriber or the token has no plan, purchase or rental that reaches this.",
        Verdict.Expired => "the subscriber's plan or rental has ended.",
        Verdict.Suspended => "the subscriber's plan is suspended.",
        Verdict.Level => "the device's security level is too low for it.",
        _ => "it covers this.",
    };
}
