namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>The master key cannot be used: unreachable, refused, disabled, unreadable, or not the one that wrapped.</summary>
public sealed class MasterKeyException : Exception
{
    public MasterKeyException()
    {
    }

    public MasterKeyException(string message)
        : base(message)
    {
    }

    public MasterKeyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>True where asking again later may help: the service throttles, fails or does not answer.</summary>
    public bool IsTransient { get; init; }
}
