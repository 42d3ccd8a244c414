using System.CommandLine;
using System.Text.Json;
using DrmHub.Vault.Audit.Verify;

namespace DrmHub.Host.Commands;

/// <summary>
/// <c>drmhub audit licensed</c>: was a title licensed in a territory in a time. The log is verified and read whole, so that a "no" is proved as well as a
/// "yes"; exit code 1 where it does not verify.
/// </summary>
internal static class AuditLicensedCommand
{
    public static Command Create()
    {
        var where = new AuditSource();
        var content = new Option<string>("--content") { Description = "The title's content id", Required = true };
        var country = new Option<string>("--country") { Description = "ISO 3166-1 alpha-2", Required = true };
        var from = AuditFilters.Time("--from", "First moment: ISO 8601, or a date in UTC");
        var until = AuditFilters.Time("--until", "The moment after the last one");
        var json = new Option<bool>("--json") { Description = "One JSON object" };
        var command = new Command("licensed", "Was a title licensed in a territory between two moments? Reads and verifies the whole log") { content, country, from, until, json };
        where.AddTo(command);
        command.SetAction((parsed, cancellationToken) => AuditSetup.GuardAsync(() => where.WithAsync(parsed, async (source, key) =>
        {
            var search = new LicensedSearch(
                parsed.GetRequiredValue(content), parsed.GetRequiredValue(country).ToUpperInvariant(), AuditFilters.ReadTime(parsed.GetValue(from)), AuditFilters.ReadTime(parsed.GetValue(until)));
            var proof = await search.RunAsync(source, key, cancellationToken);
            if (!proof.Verdict.IsSound) return Failures.Say(proof.Verdict.Message);
            Console.Out.WriteLine(parsed.GetValue(json) ? Json(proof) : Text(search, proof));
            return 0;
        }, cancellationToken)));
        return command;
    }

    private static string Json(LicensedProof proof) => JsonSerializer.Serialize(new
    {
        licensed = proof.Grants.Count > 0,
        complete = proof.IsComplete,
        size = proof.Verdict.Size,
        compared = proof.Verdict.Checked,
        grants = proof.Grants.Select(grant => new { index = grant.Index, at = grant.At, kind = Vault.Audit.AuditKinds.ToName(grant.Kind), level = grant.SecurityLevel, deal = grant.Deal }),
    });

    private static string Text(LicensedSearch search, LicensedProof proof)
    {
        var read = FormattableString.Invariant($"{proof.Verdict.Checked} of {proof.Verdict.Size} entries were read, and all are as they were logged.");
        if (proof.Grants.Count == 0)
            return AuditCommand.Printable($"No licence for {search.ContentId} in {search.Country}. {read}") + (proof.IsComplete ? "" : " The others are in retired months: ask their files too.");
        var lines = proof.Grants.Select(grant => FormattableString.Invariant($"{grant.Index,8}  {grant.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z  {Vault.Audit.AuditKinds.ToName(grant.Kind)}  {grant.SecurityLevel}  {grant.Deal}"));
        return string.Join(Environment.NewLine, lines.Select(AuditCommand.Printable).Append(FormattableString.Invariant($"{proof.Grants.Count} licences. {read}")));
    }
}
