using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What subscribers subscribe to. A plan that deals name and nobody described has no limits of its own.</summary>
public sealed record Plan
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The highest picture of this plan; null means that of the deal.</summary>
    public TrackType? MaxTrack { get; init; }

    /// <summary>Streams at once on the account; null means no limit from the plan. Of several plans the most generous counts.</summary>
    public int? MaxStreams { get; init; }

    /// <summary>Devices on the account; null means no limit from the plan.</summary>
    public int? MaxDevices { get; init; }
}
