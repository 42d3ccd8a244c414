namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>An SPC that cannot be used, or a key service that says so. The message goes to the player and names no secret.</summary>
internal sealed class FairPlayException(FairPlayStatus status, string message) : Exception(message)
{
    public FairPlayStatus Status { get; } = status;
}
