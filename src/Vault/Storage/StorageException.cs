namespace DrmHub.Vault.Storage;

/// <summary>The database cannot be used as it is: a newer schema, or a writer whose queue is full.</summary>
public sealed class StorageException : Exception
{
    public StorageException()
    {
    }

    public StorageException(string message)
        : base(message)
    {
    }

    public StorageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
