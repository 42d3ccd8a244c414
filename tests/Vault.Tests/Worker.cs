using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;
using DrmHub.Vault.Tests.Keys;

namespace DrmHub.Vault.Tests;

/// <summary>What runs in another process: <c>load|rotate|use DIRECTORY POSTGRES|- NAME</c>. It is killed, or ends when its input does.</summary>
internal static class Worker
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length != 4) return 2;
        await using var database = await Database.OpenAsync(new StorageOptions { DataDirectory = args[1], PostgreSql = args[2] == "-" ? null : args[2] });
        return args[0] switch
        {
            "load" => await LoadAsync(database, args[1], args[3]),
            "rotate" => await RotateAsync(database, args[1]),
            "use" => await UseAsync(database, args[1], int.Parse(args[3])),
            _ => 2,
        };
    }

    /// <summary>Asks for new keys from many callers, and prints each answer when it has it: what is printed was handed out.</summary>
    private static async Task<int> LoadAsync(Database database, string directory, string name)
    {
        await using var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), directory, isProduction: false);
        var output = Console.Out;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 1_000_000; i++)
            {
                var content = $"{name}-{caller}-{i}";
                KeySpec[] specs = [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")];
                foreach (var key in await vault.Keys.GetOrCreateAsync(content, specs))
                    lock (output) output.WriteLine($"{content} {key.Track} {key.KeyId} {KeyStoreTests.Hex(key)}");
            }
        })));
        return 0;
    }

    private static async Task<int> RotateAsync(Database database, string directory)
    {
        using var master = LocalMasterKey.FromFile(MasterKeyFactory.FileOf(new MasterKeyOptions(), directory));
        await using var rotation = await KeyRotation.OpenAsync(database, master, new KeyStoreOptions());
        while (true)
        {
            Console.Out.WriteLine(await rotation.RotateDataAsync());
            MasterKeyFactory.FileOf(new MasterKeyOptions(), directory).Add();
            await rotation.RotateMasterAsync();
        }
    }

    /// <summary>Opens keys in every way, disposes all but those of title-0, and waits to be looked at.</summary>
    private static async Task<int> UseAsync(Database database, string directory, int contents)
    {
        await using var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), directory, isProduction: false);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 1; i < contents; i++)
            {
                var made = await vault.Keys.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")]);
                var found = await vault.Keys.FindByContentAsync($"title-{i}");
                var byId = await vault.Keys.FindAsync([.. made.Select(key => key.KeyId)]);
                foreach (var key in made.Concat(found).Concat(byId)) key.Dispose();
            }
        }

        var kept = await vault.Keys.GetOrCreateAsync("title-0", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")]);
        Console.Out.WriteLine("ready");
        await Console.In.ReadToEndAsync();
        foreach (var key in kept) key.Dispose();
        return 0;
    }
}
