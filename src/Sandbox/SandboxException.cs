namespace DrmHub.Sandbox;

/// <summary>What a simulated device or service found wrong.</summary>
public enum SandboxFailure
{
    /// <summary>The bytes are not the message that they should be.</summary>
    Format,

    /// <summary>A signature or a message authentication code does not fit.</summary>
    Signature,

    /// <summary>A certificate does not lead to the sandbox's root, or does not fit the message.</summary>
    Certificate,

    /// <summary>The message is well formed and says what the protocol forbids.</summary>
    Policy,

    /// <summary>The other side answered with an error of its own.</summary>
    Refused,
}

/// <summary>The one exception of the sandbox for messages that a device or a service does not accept.</summary>
/// <param name="message">One sentence. Never holds a key.</param>
/// <param name="code">The protocol's own code for it, where it has one.</param>
public sealed class SandboxException(SandboxFailure failure, string message, string? code = null) : Exception(message)
{
    public SandboxFailure Failure { get; } = failure;

    public string? Code { get; } = code;

    internal static SandboxException Format(string message) => new(SandboxFailure.Format, message);
}
