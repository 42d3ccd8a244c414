using System.Data.Common;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Devices;

/// <summary>Which device asks, and whether its account has a slot for it.</summary>
internal sealed class DeviceDoor(DeviceSlots slots, IOptions<LicenseProxyOptions> options, TimeProvider time, ILogger<DeviceDoor> logger)
{
    /// <summary>All devices of an account that name and prove nothing share one slot.</summary>
    private const string Unnamed = "unnamed";

    /// <summary>The token's <c>did</c>, else what the challenge proves.</summary>
    public static string? IdOf(PlayerToken player, LicenseQuestion question) => player.Device ?? question.Device.Id;

    /// <returns>A refusal; or null, and how to give the slot back where this request took it.</returns>
    public async ValueTask<(Refusal? Refusal, Func<Task>? Undo)> TakeAsync(LicenseQuestion question, PlayerToken player, Decision decision, LicenseRecord record, CancellationToken cancellationToken)
    {
        var limit = decision.DeviceLimit ?? options.Value.Devices.Limit;
        var proven = question.Device.IsIdLasting ? question.Device.Id : null;
        if (limit is null && (player.Device is null || proven is null)) return (null, null);
        var named = IdOf(player, question);

        // What is renewed was counted under the device's name, which many renewals do not repeat.
        if (named is null && question.Kind == LicenseKind.Renewal) return (null, null);
        var device = named ?? Unnamed;
        DeviceSlotAnswer answer;
        try
        {
            answer = await slots.TakeAsync(
                new DeviceRequest(player.Subscriber, device, limit) { Proven = proven, Platform = question.Device.Platform, Model = question.Device.Model },
                cancellationToken);
        }
        catch (Exception exception) when (exception is DbException or StorageException or TimeoutException)
        {
            Log.DevicesUnavailable(logger, exception.GetType().Name);
            record.Note("devices", options.Value.Devices.RefuseWhenUnknown ? "FailedClosed" : "FailedOpen");
            return options.Value.Devices.RefuseWhenUnknown ? (new Refusal(ReasonCodes.DeviceLimit, "Whether the account has room for this device could not be found out."), null) : (null, null);
        }

        return answer.Result switch
        {
            DeviceSlotResult.Full => (Full(answer), null),
            DeviceSlotResult.OtherDevice => (new Refusal(ReasonCodes.TokenInvalid, "The token is for another device."), null),
            DeviceSlotResult.Added => (null, () => slots.ForgetAsync(player.Subscriber, device, CancellationToken.None)),
            _ => (null, null),
        };
    }

    private Refusal Full(DeviceSlotAnswer answer)
    {
        var refusal = Refusal.From(ReasonCodes.DeviceLimit);
        return answer.FreeAtMs is { } free ? refusal with { RetryAfter = TimeSpan.FromMilliseconds(Math.Max(1000, free - time.GetUtcNow().ToUnixTimeMilliseconds())) } : refusal;
    }
}
