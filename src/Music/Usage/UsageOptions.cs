namespace DrmHub.Music.Usage;

/// <summary>How plays are counted and reported. Configuration section <c>Music:Usage</c>.</summary>
public sealed class UsageOptions
{
    /// <summary>How much must have been heard for a play to count: default 30 s. A shorter recording counts when it was heard to the end.</summary>
    public TimeSpan CountedAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How late a play from a device that was offline may come: default 90 days.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long before a play its licence may have been granted: default 60 days.</summary>
    public TimeSpan LicenseReach { get; set; } = TimeSpan.FromDays(60);

    /// <summary>The name of the service in reports; no underscores or spaces in file names, so they are left out there.</summary>
    public string ServiceName { get; set; } = "DrmHub";

    /// <summary>The use that plays under a free deal are reported as: NonInteractiveStream, or OnDemandStream.</summary>
    public string FreeUse { get; set; } = "NonInteractiveStream";
}
