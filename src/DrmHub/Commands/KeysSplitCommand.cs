using System.CommandLine;
using DrmHub.Host.Hosting;
using System.Security.Cryptography;
using DrmHub.Vault.Keys.Ceremony;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub keys split</c>: the local master key in shares, of which some number restores it.</summary>
internal static class KeysSplitCommand
{
    public static Command Create()
    {
        var data = HubOptions.Data();
        var threshold = new Option<int>("--threshold") { Description = "How many shares restore the key", Required = true };
        var shares = new Option<int>("--shares") { Description = "How many shares are made", Required = true };
        var output = new Option<string?>("--out") { Description = "A directory for one file a share, for its owner alone; without it the shares are printed, one a line" };
        var command = new Command("split", "Split the local master key into shares") { data, threshold, shares, output };
        command.TreatUnmatchedTokensAsErrors = false; // They are looked at when the command runs.
        command.Validators.Add(result =>
        {
            var (needed, made) = (result.GetValue(threshold), result.GetValue(shares));
            if (needed < 2 || needed > made || made > 255) result.AddError("--threshold is 2 to the number of --shares, which is at most 255.");
        });
        command.SetAction(parsed =>
        {
            if (ConfiguredCommand.RefusesWord(parsed)) return UsageErrors.WrongUsage;
            try
            {
                var file = MasterKeyFactory.FileOf(HubConfiguration.ReadVault(HubConfiguration.Read(ConfiguredCommand.WordsOf(parsed))).MasterKey, parsed.GetRequiredValue(data));
                var keys = file.Read();
                if (keys.Count == 0) throw new MasterKeyException($"The master key file {file.Path} holds no key.");
                var made = MasterKeyShares.Split(keys[0], parsed.GetRequiredValue(threshold), parsed.GetRequiredValue(shares));
                Console.Error.WriteLine($"Shares of master key {LocalMasterKey.IdOf(keys[0])}. Give each to one person; this is the only time they are shown.");
                foreach (var key in keys) CryptographicOperations.ZeroMemory(key);
                if (parsed.GetValue(output) is { } directory) WriteFiles(directory, made);
                else foreach (var share in made) Console.Out.WriteLine(share);
                return 0;
            }
            catch (Exception exception) when (exception is MasterKeyException or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine("drmhub: " + exception.Message.ReplaceLineEndings(" "));
                return 1;
            }
        });
        return command;
    }

    private static void WriteFiles(string directory, IReadOnlyList<string> shares)
    {
        Directory.CreateDirectory(directory);
        for (var i = 0; i < shares.Count; i++)
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var writer = new StreamWriter(Path.Combine(directory, $"share-{i + 1}.txt"), options);
            writer.WriteLine(shares[i]);
        }
    }
}
