namespace DrmHub.Vault.Rights;

/// <summary>What a viewer does with the content.</summary>
public enum ContentUse
{
    Stream,

    /// <summary>A licence that is kept on the device and works offline.</summary>
    Download,
}
