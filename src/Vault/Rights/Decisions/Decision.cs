using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What became of one requested key.</summary>
/// <param name="Reason">Null where granted; else the reason code for withholding it.</param>
public sealed record KeyDecision(KeyId KeyId, TrackType? Track, string? Reason)
{
    public bool Granted => Reason is null;

    /// <summary>The deal that the key goes out under; null where it is withheld.</summary>
    public string? Deal { get; init; }

    public OutputRule Output { get; init; } = OutputRule.None;

    /// <summary>How long this key may be licensed, in seconds; 0 where it is withheld.</summary>
    public long LicenseSeconds { get; init; }
}

/// <summary>A limit on streams at once.</summary>
/// <param name="Scope">Null for the account as a whole; else the id of the deal whose streams are counted.</param>
public sealed record StreamLimit(string? Scope, int Limit);

/// <summary>The answer to a <see cref="DecisionRequest"/>. A licence as a whole has the shortest durations of the keys in it.</summary>
public sealed record Decision
{
    /// <summary>Null where at least one key is granted; else the reason code for refusing them all.</summary>
    public required string? Reason { get; init; }

    public bool Granted => Reason is null;

    public required IReadOnlyList<KeyDecision> Keys { get; init; }

    /// <summary>Ids of the deals that a key goes out under, in ordinal order.</summary>
    public required IReadOnlyList<string> Deals { get; init; }

    /// <summary>How long the licence is valid, in seconds from now; 0 where nothing is granted. Never past the end of a window, plan or rental.</summary>
    public required long LicenseSeconds { get; init; }

    /// <summary>The rules that were looked at, as sentences; empty unless asked for.</summary>
    public required IReadOnlyList<string> Trace { get; init; }

    /// <summary>Seconds from the first play in which playback may go on; null means no limit.</summary>
    public long? PlaybackSeconds { get; init; }

    /// <summary>Seconds from now in which playback may start; null means no limit.</summary>
    public long? RentalSeconds { get; init; }

    /// <summary>After how many seconds the player asks again; null means it need not.</summary>
    public long? RenewSeconds { get; init; }

    /// <summary>The licence may be kept on the device: a download was asked for and is allowed.</summary>
    public bool Persistent { get; init; }

    /// <summary>Every limit on streams at once that applies; empty means none.</summary>
    public IReadOnlyList<StreamLimit> StreamLimits { get; init; } = [];

    /// <summary>Devices that the account may have for this; null means no limit.</summary>
    public int? DeviceLimit { get; init; }

    /// <summary>This licence is the first play of a rental (a download is not): once it is granted, the rental's clock starts (<see cref="RightsStore.StartRentalAsync"/>).</summary>
    public bool StartsRental { get; init; }

    /// <summary>The takedown that refused everything; null where there was none.</summary>
    public string? Takedown { get; init; }

    /// <summary>The version of the revocation lists that were asked.</summary>
    public string RevocationVersion { get; init; } = "";

    /// <summary>SHA-256 in hex over every deal, plan, title, collection, takedown and revocation list, and the device policy.</summary>
    public string PolicyHash { get; init; } = "";
}
