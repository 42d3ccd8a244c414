using System.CommandLine;
using System.Text.Json;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Verify;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub audit verify</c>: checks an export, a server or the database, from the log's key alone; exit code 1 and the first deviation where it does not hold.</summary>
internal static class AuditVerifyCommand
{
    public static Command Create()
    {
        var where = new AuditSource();
        var known = new Option<string?>("--known") { Description = "A checkpoint file that was kept from before: the log must continue it" };
        var json = new Option<bool>("--json") { Description = "One JSON object" };
        var command = new Command("verify", "Check the log and name the first entry that was changed, removed, added or reordered") { known, json };
        where.AddTo(command);
        command.SetAction((parsed, cancellationToken) => AuditSetup.GuardAsync(() =>
        {
            var head = ReadKnown(parsed.GetValue(known), where.Key(parsed));
            return where.WithAsync(parsed, async (source, key) =>
            {
                var verdict = await AuditVerifier.VerifyAsync(source, key, head, cancellationToken: cancellationToken);
                Console.Out.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(new { sound = verdict.IsSound, fault = verdict.Fault.ToString(), index = verdict.Index, size = verdict.Size, compared = verdict.Checked, message = verdict.Message })
                    : verdict.Message);
                return verdict.IsSound ? 0 : Failures.Failed;
            }, cancellationToken);
        }));
        return command;
    }

    private static Checkpoint? ReadKnown(string? file, NoteKey? key)
    {
        if (file is null) return null;
        if (key is null) throw new ArgumentException("--known needs --key.");
        return Checkpoint.Open(File.ReadAllBytes(file), key, out _) ?? throw new ArgumentException("The known checkpoint is not signed by the key.");
    }
}
