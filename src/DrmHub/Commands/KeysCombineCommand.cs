using System.CommandLine;
using System.Security.Cryptography;
using DrmHub.Vault.Keys.Ceremony;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub keys combine</c>: puts a master key together from its shares and into the local file.</summary>
internal static class KeysCombineCommand
{
    private const int MaxShares = 255;
    private const int MaxShareLength = 1024;

    public static Command Create()
    {
        var data = HubOptions.Data();
        var files = new Argument<string[]>("files") { Description = "Files with one share each; without them the shares are read from standard input, one a line", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("combine", "Restore a master key from its shares") { data, files };
        command.SetAction(parsed =>
        {
            try
            {
                // Shares are not taken from the command line, where every process could see them.
                var lines = parsed.GetValue(files) is { Length: > 0 } paths ? paths.SelectMany(path => ReadShares(File.OpenText(path))) : ReadShares(Console.In);
                var key = MasterKeyShares.Combine([.. lines.Take(MaxShares + 1)]);
                var file = MasterKeyFactory.FileOf(new MasterKeyOptions(), parsed.GetRequiredValue(data));
                file.Add(key);
                Console.Out.WriteLine($"Master key {LocalMasterKey.IdOf(key)} is restored in {file.Path}.");
                CryptographicOperations.ZeroMemory(key);
                return 0;
            }
            catch (Exception exception) when (exception is FormatException or MasterKeyException or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine("drmhub: " + exception.Message.ReplaceLineEndings(" "));
                return 1;
            }
        });
        return command;
    }

    private static IEnumerable<string> ReadShares(TextReader reader)
    {
        using (reader)
        {
            while (reader.ReadLine() is { } line)
            {
                var text = line.Trim();
                if (text.Length == 0) continue;
                yield return text.Length <= MaxShareLength ? text : "";
            }
        }
    }
}
