using DrmHub.Cenc;

namespace DrmHub.Sandbox.Devices;

/// <summary>A licence as the device took it: the keys that it holds, and the rules that it will keep. Owns its keys.</summary>
public sealed record OpenedLicense : IDisposable
{
    public required DrmSystem System { get; init; }

    /// <summary>Every key in the licence, also those that this device may not use.</summary>
    public required IReadOnlyList<OpenedKey> Keys { get; init; }

    public required LicenseRules Rules { get; init; }

    /// <summary>When the licence began, in UTC milliseconds of the device's clock.</summary>
    public required long StartedMs { get; init; }

    /// <summary>What the device keeps for a renewal or a release.</summary>
    internal object? State { get; init; }

    /// <summary>What happens when a player wants to use a key.</summary>
    /// <param name="nowMs">UTC milliseconds.</param>
    /// <param name="firstPlayedMs">When playback first began; null if it begins now.</param>
    /// <param name="output">What the output offers now; a device's screen that needs no cable is <see cref="HdcpVersion.NoOutput"/>.</param>
    public PlayVerdict Judge(KeyId keyId, long nowMs, HdcpVersion output, long? firstPlayedMs = null)
    {
        var key = Keys.FirstOrDefault(item => item.KeyId == keyId);
        if (key is null) return PlayVerdict.KeyMissing;
        if (!Rules.CanPlay) return PlayVerdict.NotAllowed;
        if (!key.LevelMet) return PlayVerdict.LevelTooLow;
        if (output < key.Hdcp) return PlayVerdict.OutputTooLow;
        if (nowMs < Rules.BeginsMs) return PlayVerdict.NotBegun;
        if (nowMs >= Rules.EndsMs || Passed(StartedMs, Rules.LicenseSeconds, nowMs)) return PlayVerdict.Ended;
        if (Passed(StartedMs, Rules.RentalSeconds, firstPlayedMs ?? nowMs)) return PlayVerdict.RentalEnded;
        return firstPlayedMs is { } first && Passed(first, Rules.PlaybackSeconds, nowMs) ? PlayVerdict.PlaybackEnded : PlayVerdict.Plays;
    }

    public void Dispose()
    {
        foreach (var key in Keys) key.Key.Dispose();
    }

    private static bool Passed(long fromMs, long? seconds, long nowMs) => seconds is { } limit && (nowMs - fromMs) / 1000 >= limit;
}

/// <summary>A key in a licence.</summary>
/// <param name="Level">The least level that the licence demands for it, as the system names it; null where it demands none.</param>
/// <param name="LevelMet">Whether this device has that level.</param>
/// <param name="MaxHeight">The largest picture in lines that the licence lets this device decode with it; null where there is no limit.</param>
public sealed record OpenedKey(KeyId KeyId, ContentKey Key, string? Level, bool LevelMet, HdcpVersion Hdcp, int? MaxHeight = null);

/// <summary>The rules of a licence. Seconds; null means without limit.</summary>
public sealed record LicenseRules
{
    public required bool CanPlay { get; init; }

    /// <summary>The device may keep the licence.</summary>
    public bool Persistent { get; init; }

    public bool Renewable { get; init; }

    /// <summary>From the start of the licence.</summary>
    public long? LicenseSeconds { get; init; }

    /// <summary>From the start of the licence until playback has to begin.</summary>
    public long? RentalSeconds { get; init; }

    /// <summary>From the first playback.</summary>
    public long? PlaybackSeconds { get; init; }

    /// <summary>From the start of the licence until the device asks for a renewal.</summary>
    public long? RenewAfterSeconds { get; init; }

    public string? RenewalUrl { get; init; }

    /// <summary>UTC milliseconds, inclusive.</summary>
    public long? BeginsMs { get; init; }

    /// <summary>UTC milliseconds, exclusive.</summary>
    public long? EndsMs { get; init; }
}

/// <summary>Whether a device plays with a key, and if not, what stops it.</summary>
public enum PlayVerdict
{
    Plays,
    KeyMissing,
    NotAllowed,
    LevelTooLow,
    OutputTooLow,
    NotBegun,
    Ended,
    RentalEnded,
    PlaybackEnded,
}
