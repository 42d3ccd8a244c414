using System.CommandLine;
using System.Formats.Tar;
using System.Text.Json;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Verify;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub audit verify</c>: checks an export, a server or the database, from the log's key alone; exit code 1 and the first deviation where it does not hold.</summary>
internal static class AuditVerifyCommand
{
    public static Command Create()
    {
        var data = HubOptions.Data();
        var export = new Option<string?>("--export") { Description = "A folder or .tar archive that was exported" };
        var url = new Option<Uri?>("--url") { Description = "A running log, such as https://host/audit" };
        var token = new Option<string?>("--token") { Description = "Token with audit.read, for --url" };
        var key = new Option<string?>("--key") { Description = "The log's verifier key. Without it the database's own key is taken, which proves less" };
        var known = new Option<string?>("--known") { Description = "A checkpoint file that was kept from before: the log must continue it" };
        var json = new Option<bool>("--json") { Description = "One JSON object" };
        var command = new Command("verify", "Check the log and name the first entry that was changed, removed, added or reordered") { data, export, url, token, key, known, json };
        command.TreatUnmatchedTokensAsErrors = false; // Further --Section:Option=value pairs are configuration.
        command.Validators.Add(result =>
        {
            if (result.GetResult(export) is not null && result.GetResult(url) is not null) result.AddError("--export and --url exclude each other.");
            else if ((result.GetResult(export) ?? result.GetResult(url)) is not null && result.GetResult(key) is null) result.AddError("--key is needed: a log cannot vouch for its own key.");
        });
        command.SetAction((parsed, cancellationToken) => AuditSetup.GuardAsync(async () =>
        {
            var head = ReadKnown(parsed.GetValue(known), parsed.GetValue(key));
            if (parsed.GetValue(export) is { } path)
            {
                var folder = Directory.Exists(path) ? path : Unpack(path);
                try
                {
                    using var source = LogSource.Folder(folder);
                    return await RunAsync(source, ReadKey(parsed.GetValue(key)!));
                }
                finally
                {
                    if (folder != path) Directory.Delete(folder, recursive: true);
                }
            }

            if (parsed.GetValue(url) is { } address)
            {
                using var source = LogSource.Server(address, parsed.GetValue(token));
                return await RunAsync(source, ReadKey(parsed.GetValue(key)!));
            }

            return await AuditSetup.WithLogAsync(parsed.GetRequiredValue(data), parsed.UnmatchedTokens, async log =>
            {
                using var source = LogSource.Database(log);
                return await RunAsync(source, parsed.GetValue(key) is { } given ? ReadKey(given) : log.Tree.Key);
            }, cancellationToken);

            async Task<int> RunAsync(LogSource source, NoteKey by)
            {
                var verdict = await AuditVerifier.VerifyAsync(source, by, head, cancellationToken);
                Console.Out.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(new { sound = verdict.IsSound, fault = verdict.Fault.ToString(), index = verdict.Index, size = verdict.Size, compared = verdict.Checked, message = verdict.Message })
                    : verdict.Message);
                return verdict.IsSound ? 0 : Failures.Failed;
            }
        }));
        return command;
    }

    private static NoteKey ReadKey(string text) => NoteKey.TryParse(text, out var key) ? key : throw new ArgumentException("--key is no verifier key.");

    private static Checkpoint? ReadKnown(string? file, string? key)
    {
        if (file is null) return null;
        if (key is null) throw new ArgumentException("--known needs --key.");
        return Checkpoint.Open(File.ReadAllBytes(file), ReadKey(key), out _) ?? throw new ArgumentException("The known checkpoint is not signed by the key.");
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
