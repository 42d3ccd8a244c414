namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>Where the master key lives. Configuration section <c>Vault:MasterKey</c>.</summary>
public sealed class MasterKeyOptions
{
    /// <summary>The environment variable that is read unless <see cref="Variable"/> names another.</summary>
    public const string DefaultVariable = "DRMHUB_MASTER_KEY";

    /// <summary>What wraps new data keys. Default: a local file.</summary>
    public MasterKeySource Source { get; init; } = MasterKeySource.File;

    /// <summary>Sources that wrapped before and still unwrap, until <c>drmhub keys rotate-master</c> has moved every data key. Default none.</summary>
    public IReadOnlyList<MasterKeySource> Previous { get; init; } = [];

    /// <summary>Path of the master key file. Default <c>master.key</c> in the data directory.</summary>
    public string? File { get; init; }

    /// <summary>A local file is for development: Production refuses it as <see cref="Source"/> unless this is true. Default false.</summary>
    public bool AllowFileInProduction { get; init; }

    /// <summary>Name of the environment variable: keys of 32 bytes in base64, newest first, separated by commas.</summary>
    public string Variable { get; init; } = DefaultVariable;

    public AzureKeyVaultOptions Azure { get; init; } = new();

    internal void Check(List<string> errors)
    {
        if (!Enum.IsDefined(Source) || !Previous.All(Enum.IsDefined)) errors.Add("MasterKey:Source and Previous are File, Environment or AzureKeyVault.");
        if (string.IsNullOrEmpty(Variable)) errors.Add("MasterKey:Variable is the name of an environment variable.");
        if (Source == MasterKeySource.AzureKeyVault || Previous.Contains(MasterKeySource.AzureKeyVault)) Azure.Check(errors);
    }
}

public enum MasterKeySource
{
    /// <summary>A file that its owner alone can read.</summary>
    File,

    /// <summary>An environment variable, for orchestrators that hand out secrets so.</summary>
    Environment,

    /// <summary>An RSA key in Azure Key Vault or a Managed HSM.</summary>
    AzureKeyVault,
}
