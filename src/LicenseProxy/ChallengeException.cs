namespace DrmHub.LicenseProxy;

/// <summary>A challenge that cannot be read, or whose device a service turned away while it read it. The message goes to the player.</summary>
public sealed class ChallengeException(string reason, string message) : Exception(message)
{
    /// <summary><c>challenge.malformed</c> or <c>challenge.unsupported</c>; <c>device.level</c> where the device is too weak.</summary>
    public string Reason { get; } = reason;
}
