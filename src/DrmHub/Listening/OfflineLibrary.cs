using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Listening;

/// <summary>Limits on what devices keep. Configuration section <c>Music:Offline</c>.</summary>
internal sealed record OfflineOptions
{
    /// <summary>Titles on one device. Default 10,000.</summary>
    public int MaxTracks { get; init; } = 10_000;

    /// <summary>Days after which a device must have asked again. Default 30.</summary>
    public int CheckInDays { get; init; } = 30;

    /// <summary>Minutes that a device's clock may lie before the last time it was told. Default 10.</summary>
    public int ClockToleranceMinutes { get; init; } = 10;

    /// <exception cref="ArgumentException">With everything that is outside its range.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (MaxTracks is < 1 or > 100_000) errors.Add("Music:Offline:MaxTracks is 1 to 100000.");
        if (CheckInDays is < 1 or > 365) errors.Add("Music:Offline:CheckInDays is 1 to 365.");
        if (ClockToleranceMinutes is < 0 or > 1440) errors.Add("Music:Offline:ClockToleranceMinutes is 0 to 1440.");
        if (errors.Count > 0) throw new ArgumentException(string.Join(" ", errors));
    }
}

/// <summary>Downloads: room on the device, the time until its next check-in, and its clock.</summary>
internal sealed class OfflineLibrary(OfflineShelf shelf, OfflineOptions options, TimeProvider time)
{
    public long CheckInSeconds => options.CheckInDays * 86_400L;

    public OfflineShelf Shelf { get; } = shelf;

    /// <summary>Called before the decision, so that what does not fit is refused like anything else, and audited.</summary>
    /// <exception cref="ChallengeException">The token names no device, or the device is full.</exception>
    public async ValueTask CheckRoomAsync(PlayerToken player, IReadOnlyCollection<string> contents, CancellationToken cancellationToken)
    {
        if (player.Device is not { } device) throw new ChallengeException(ReasonCodes.TokenInvalid, "A download needs a token that names its device (did).");
        if (await Shelf.HoldAsync(player.Subscriber, device, contents, options.MaxTracks, cancellationToken) is null)
            throw new ChallengeException(ReasonCodes.DeviceLimit, $"The device keeps {options.MaxTracks} titles at most: remove some first.");
    }

    public async Task<OfflineTerms> KeepAsync(PlayerToken player, IReadOnlyCollection<string> granted, IReadOnlyCollection<string> dropped, long licenseSeconds, bool setBack, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now.AddSeconds(Math.Min(licenseSeconds, CheckInSeconds));
        var count = await Shelf.KeepAsync(player.Subscriber, player.Device!, granted, dropped, setBack ? null : until.ToUnixTimeMilliseconds(), setBack, cancellationToken);
        return new OfflineTerms(player.Device!, until, now, count, options.MaxTracks);
    }

    /// <summary>Whether the device's clock lies before a time that it was told: somebody set it back, perhaps to play for longer.</summary>
    public async Task<bool> IsSetBackAsync(PlayerToken player, DateTimeOffset deviceTime, CancellationToken cancellationToken) =>
        deviceTime.AddMinutes(options.ClockToleranceMinutes).ToUnixTimeMilliseconds() < await Shelf.LastToldAsync(player.Subscriber, player.Device!, cancellationToken);
}
