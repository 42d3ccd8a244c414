namespace DrmHub.Vault.Rights;

/// <summary>A device that licences of an account went to. Times are UTC milliseconds.</summary>
public sealed record DeviceSlot
{
    /// <summary>The token's <c>did</c>, else the identity that the challenge proves.</summary>
    public string Device { get; init; } = "";

    public string? Platform { get; init; }

    public string? Model { get; init; }

    public long FirstMs { get; init; }

    /// <summary>Last seen, to the hour.</summary>
    public long LastMs { get; init; }

    /// <summary>When the slot was given back; null while it is held.</summary>
    public long? RemovedMs { get; init; }
}

/// <summary>A device that wants a licence of an account.</summary>
/// <param name="Account">The subscriber.</param>
/// <param name="Device">1 to 256 characters.</param>
/// <param name="Limit">Devices that the account may have; null means no limit.</param>
public sealed record DeviceRequest(string Account, string Device, int? Limit)
{
    /// <summary>The identity that the challenge proves, where it proves one: <see cref="Device"/> is then bound to it by first use.</summary>
    public string? Proven { get; init; }

    public string? Platform { get; init; }

    public string? Model { get; init; }
}

/// <summary>How slots of devices are swapped.</summary>
public sealed record DeviceSlotOptions
{
    /// <summary>How long a slot that was given back stays taken, so that devices are not swapped round. 0 to 365 d, default 7 d.</summary>
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A device that was not seen for so long gives its slot up by itself. 1 to 3,650 d, default 90 d.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long a node goes on with what it knows of a device before it asks the database again. 0 to 1 h, default 1 min.</summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromMinutes(1);

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (CoolDown < TimeSpan.Zero || CoolDown > TimeSpan.FromDays(365)) errors.Add("CoolDown is 0 to 365 d.");
        if (IdleAfter < TimeSpan.FromDays(1) || IdleAfter > TimeSpan.FromDays(3650)) errors.Add("IdleAfter is 1 to 3,650 d.");
        if (Memory < TimeSpan.Zero || Memory > TimeSpan.FromHours(1)) errors.Add("Memory is 0 to 1 h.");
        return errors;
    }
}

public enum DeviceSlotResult
{
    /// <summary>It holds a slot, as before.</summary>
    Known,

    /// <summary>It took a free slot.</summary>
    Added,

    /// <summary>The account has as many devices as it may have.</summary>
    Full,

    /// <summary>The name of a device came from another device than the one it was bound to.</summary>
    OtherDevice,
}

/// <param name="FreeAtMs">Where the account is full: when a slot that was given back becomes free; null where none was.</param>
public readonly record struct DeviceSlotAnswer(DeviceSlotResult Result, long? FreeAtMs = null)
{
    public bool IsGranted => Result is DeviceSlotResult.Known or DeviceSlotResult.Added;
}
