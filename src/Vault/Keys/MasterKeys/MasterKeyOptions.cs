namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>Where the master key lives. Configuration section <c>Vault:MasterKey</c>.</summary>
public sealed class MasterKeyOptions
{
    /// <summary>The environment variable that is read where <see cref="Source"/> is <see cref="MasterKeySource.Environment"/>.</summary>
    public const string DefaultVariable = "DRMHUB_MASTER_KEY";

    public MasterKeySource Source { get; init; } = MasterKeySource.File;

    /// <summary>Path of the master key file. Default <c>master.key</c> in the data directory.</summary>
    public string? File { get; init; }

    /// <summary>A local file is for development: Production refuses it unless this is true. Default false.</summary>
    public bool AllowFileInProduction { get; init; }

    /// <summary>Name of the environment variable: keys of 32 bytes in base64, newest first, separated by commas.</summary>
    public string Variable { get; init; } = DefaultVariable;
}

public enum MasterKeySource
{
    /// <summary>A file that its owner alone can read.</summary>
    File,

    /// <summary>An environment variable, for orchestrators that hand out secrets so.</summary>
    Environment,
}
