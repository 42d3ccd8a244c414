using System.CommandLine;
using System.Formats.Tar;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Verify;

namespace DrmHub.Host.Commands;

/// <summary>The options that say where a log is read from: an export, a running server, or the data directory.</summary>
internal sealed class AuditSource
{
    private readonly Option<string> _data = HubOptions.Data();
    private readonly Option<string?> _export = new("--export") { Description = "A folder or .tar archive that was exported" };
    private readonly Option<Uri?> _url = new("--url") { Description = "A running log, such as https://host/audit" };
    private readonly Option<string?> _token = new("--token") { Description = "Token with audit.read, for --url" };
    private readonly Option<string?> _key = new("--key") { Description = "The log's verifier key. Without it the database's own key is taken, which proves less" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_data, _export, _url, _token, _key]) command.Options.Add(option);
        command.TreatUnmatchedTokensAsErrors = false; // They are looked at when the command runs.
        command.Validators.Add(result =>
        {
            if (result.GetResult(_export) is not null && result.GetResult(_url) is not null) result.AddError("--export and --url exclude each other.");
            else if ((result.GetResult(_export) ?? result.GetResult(_url)) is not null && result.GetResult(_key) is null) result.AddError("--key is needed: a log cannot vouch for its own key.");
        });
    }

    /// <summary>The key that was given; null where none was.</summary>
    public NoteKey? Key(ParseResult parsed)
    {
        if (parsed.GetValue(_key) is not { } text) return null;
        return NoteKey.TryParse(text, out var key) ? key : throw new ArgumentException("--key is no verifier key.");
    }

    public async Task<int> WithAsync(ParseResult parsed, Func<LogSource, NoteKey, Task<int>> action, CancellationToken cancellationToken)
    {
        if (ConfiguredCommand.RefusesWord(parsed)) return UsageErrors.WrongUsage;
        var key = Key(parsed);
        if (parsed.GetValue(_export) is { } path)
        {
            var folder = Directory.Exists(path) ? path : Unpack(path);
            try
            {
                using var source = LogSource.Folder(folder);
                return await action(source, key!);
            }
            finally
            {
                if (folder != path) Directory.Delete(folder, recursive: true);
            }
        }

        if (parsed.GetValue(_url) is { } address)
        {
            using var source = LogSource.Server(address, parsed.GetValue(_token));
            return await action(source, key!);
        }

        return await AuditSetup.WithLogAsync(parsed.GetRequiredValue(_data), ConfiguredCommand.WordsOf(parsed), async log =>
        {
            using var source = LogSource.Database(log);
            return await action(source, key ?? log.Tree.Key);
        }, cancellationToken);
    }

    private static string Unpack(string archive)
    {
        var folder = Directory.CreateTempSubdirectory("drmhub-audit-").FullName;
        try
        {
            TarFile.ExtractToDirectory(archive, folder, overwriteFiles: false);
            return folder;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }
}
