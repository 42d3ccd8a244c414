namespace DrmHub.Vault.Storage;

/// <summary>Where state lives. Configuration section <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>The data directory; holds the SQLite file, the local master key and the log key. Default <c>data</c>.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Npgsql connection string. Empty means SQLite in <see cref="DataDirectory"/>.</summary>
    public string? PostgreSql { get; init; }
}
