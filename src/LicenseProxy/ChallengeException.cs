namespace DrmHub.LicenseProxy;

/// <summary>A challenge that cannot be read. The message goes to the player.</summary>
public sealed class ChallengeException(string reason, string message) : Exception(message)
{
    /// <summary><c>challenge.malformed</c> or <c>challenge.unsupported</c>.</summary>
    public string Reason { get; } = reason;
}
