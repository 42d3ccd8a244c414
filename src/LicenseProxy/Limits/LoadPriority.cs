namespace DrmHub.LicenseProxy.Limits;

/// <summary>Who comes first when not everybody can. It says whose turn it is and nothing else: what is granted, the decision says.</summary>
internal enum LoadPriority
{
    /// <summary>Somebody who is watching: renewals, heartbeats, and those who give something back.</summary>
    Continuing = 0,

    /// <summary>Somebody who pays and wants to begin.</summary>
    Paid = 1,

    Other = 2,
}
