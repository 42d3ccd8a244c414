namespace DrmHub.Vault.Keys;

/// <summary>A key is there but cannot be opened or made now: its data key is out of reach, or its row was changed.</summary>
public sealed class KeyVaultException : Exception
{
    public KeyVaultException()
    {
    }

    public KeyVaultException(string message)
        : base(message)
    {
    }

    public KeyVaultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
