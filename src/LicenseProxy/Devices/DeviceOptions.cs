namespace DrmHub.LicenseProxy.Devices;

/// <summary>Devices of accounts. How many an account may have is said by plans, deals and subscribers.</summary>
public sealed record DeviceOptions
{
    /// <summary>Devices of an account where neither its plan, the deal nor the subscriber says a number; null means no limit. Default none.</summary>
    public int? Limit { get; init; }

    /// <summary>While the database is away: a device that cannot be counted is granted (and the audit entry says so), or refused. Default granted.</summary>
    public bool RefuseWhenUnknown { get; init; }
}
