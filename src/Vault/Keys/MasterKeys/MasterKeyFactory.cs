namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>Opens the master key that the options name.</summary>
public static class MasterKeyFactory
{
    /// <exception cref="MasterKeyException">It is missing, unreadable, or not allowed in Production.</exception>
    public static IMasterKey Open(MasterKeyOptions options, string dataDirectory, bool isProduction)
    {
        ArgumentNullException.ThrowIfNull(options);
        switch (options.Source)
        {
            case MasterKeySource.Environment:
                return new LocalMasterKey(() => ReadEnvironment(options.Variable));

            case MasterKeySource.File:
                if (isProduction && !options.AllowFileInProduction)
                    throw new MasterKeyException("Production does not start with a master key in a local file. Configure Vault:MasterKey:Source, or set Vault:MasterKey:AllowFileInProduction to true if that is what you want.");
                var file = FileOf(options, dataDirectory);
                file.CreateIfMissing();
                return LocalMasterKey.FromFile(file);

            default:
                throw new MasterKeyException($"Master key source {options.Source} is unknown.");
        }
    }

    public static MasterKeyFile FileOf(MasterKeyOptions options, string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new MasterKeyFile(options.File ?? Path.Combine(dataDirectory, "master.key"));
    }

    private static List<byte[]> ReadEnvironment(string variable)
    {
        var keys = new List<byte[]>();
        foreach (var text in (Environment.GetEnvironmentVariable(variable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var key = GC.AllocateUninitializedArray<byte>(LocalMasterKey.Size, pinned: true);
            if (!Convert.TryFromBase64String(text, key, out var written) || written != key.Length)
                throw new MasterKeyException($"The environment variable {variable} does not hold keys of 32 bytes in base64.");
            keys.Add(key);
        }

        return keys.Count > 0 ? keys : throw new MasterKeyException($"The environment variable {variable} holds no master key.");
    }
}
