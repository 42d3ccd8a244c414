namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>Opens the master key that the options name.</summary>
public static class MasterKeyFactory
{
    /// <summary>Opens the sources. A local file that is missing is created only where <paramref name="createFile"/> says so.</summary>
    /// <exception cref="MasterKeyException">It is missing, unreadable, or not allowed in Production.</exception>
    public static IMasterKey Open(MasterKeyOptions options, string dataDirectory, bool isProduction, bool createFile = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Source == MasterKeySource.File)
        {
            if (isProduction && !options.AllowFileInProduction)
                throw new MasterKeyException("Production does not start with a master key in a local file. Configure Vault:MasterKey:Source, or set Vault:MasterKey:AllowFileInProduction to true if that is what you want.");
            if (createFile) FileOf(options, dataDirectory).CreateIfMissing();
        }

        var keys = new List<IMasterKey> { OpenOne(options.Source, options, dataDirectory) };
        keys.AddRange(options.Previous.Where(source => source != options.Source).Distinct().Select(source => OpenOne(source, options, dataDirectory)));
        return keys.Count == 1 ? keys[0] : new MasterKeyRing(keys);
    }

    public static MasterKeyFile FileOf(MasterKeyOptions options, string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new MasterKeyFile(options.File ?? Path.Combine(dataDirectory, "master.key"));
    }

    private static IMasterKey OpenOne(MasterKeySource source, MasterKeyOptions options, string dataDirectory) => source switch
    {
        MasterKeySource.File => LocalMasterKey.FromFile(FileOf(options, dataDirectory)),
        MasterKeySource.Environment => new LocalMasterKey(() => ReadEnvironment(options.Variable)),
        MasterKeySource.AzureKeyVault => new AzureMasterKey(options.Azure),
        _ => throw new MasterKeyException($"Master key source {source} is unknown."),
    };

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
