using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Music.Catalogue;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Ddex;

/// <summary>
/// Takes a message in: reads it whole, refuses it with every reason or makes the catalogue and the deals what it says, in one transaction
/// with the audit entries of the deals. The same message again changes nothing; one that is older than what is there changes nothing.
/// </summary>
public sealed class ErnImporter(MusicCatalogue catalogue, ErnLedger ledger, IOptions<MusicOptions> options)
{
    /// <summary>Bytes of a message.</summary>
    public const int MaxBytes = 64 << 20;

    private const int MaxAttempts = 5;

    /// <param name="xml">The message.</param>
    /// <param name="dryRun">Check it, and say what it would do.</param>
    /// <exception cref="ErnException">The message cannot be taken; nothing of it was.</exception>
    public async Task<ErnOutcome> ImportAsync(Stream xml, MusicActor actor, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        var bytes = await ReadAsync(xml, cancellationToken);
        var message = ErnParser.Parse(new MemoryStream(bytes, writable: false));
        var settings = options.Value.Ddex;
        if (settings.Senders.Count > 0 && !settings.Senders.Contains(message.Sender)) throw new ErnException(0, "ern.sender", $"{message.Sender} is none of the senders that this hub takes messages from.");
        var sha256 = SHA256.HashData(bytes);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ImportAsync(message, bytes, sha256, actor, dryRun || (message.IsTest && !settings.AcceptTestMessages), cancellationToken);
            }
            catch (Exception exception) when (attempt < MaxAttempts && exception is ErnStaleException or CatalogueConflictException { Conflict: CatalogueConflict.Version or CatalogueConflict.Identifier or CatalogueConflict.Reference })
            {
                // Another message came in between: look again.
            }
        }
    }

    private async Task<ErnOutcome> ImportAsync(ErnMessage message, byte[] bytes, byte[] sha256, MusicActor actor, bool dryRun, CancellationToken cancellationToken)
    {
        var outcome = new ErnOutcome { Result = ErnResult.Checked, MessageId = message.MessageId, Sender = message.Sender, Version = message.Version, Title = message.Purged is null ? message.Main.Titles[0].Value : null, Recordings = message.Recordings.Count };
        if (await ledger.FindMessageAsync(message.Sender, message.MessageId, cancellationToken) is { } known)
        {
            if (!known.AsSpan().SequenceEqual(sha256)) throw new ErnException(0, "ern.message_reused", $"The sender has used MessageId {ErnParser.Short(message.MessageId)} for another message.");
            return outcome with { Result = ErnResult.AlreadyImported };
        }

        var record = new ErnMessageRecord(message.Sender, message.MessageId, sha256, (message.Purged ?? message.Main.Id).Key, message.Created.ToUnixTimeMilliseconds());
        var commit = new ErnCommit { Message = record, Bytes = bytes };
        var release = await ErnCataloguePlan.FindReleaseAsync(catalogue, message.Licensor, message.Purged ?? message.Main.Id, message.Main.Line, cancellationToken);
        var state = release is null ? null : await ledger.FindReleaseAsync(release.Id, cancellationToken);
        if (state is not null && state.CreatedMs > record.CreatedMs)
        {
            if (!dryRun) await CommitAsync(commit, message, "ddex.superseded", AuditKind.Import, release!.Id, actor, cancellationToken);
            return outcome with { Result = ErnResult.Superseded, ReleaseId = release!.Id, Deals = state.Deals };
        }

        return message.Purged is not null
            ? await PurgeAsync(message, commit, outcome, release, state, actor, dryRun, cancellationToken)
            : await ReleaseAsync(message, commit, outcome, state, actor, dryRun, cancellationToken);
    }

    private async Task<ErnOutcome> ReleaseAsync(ErnMessage message, ErnCommit commit, ErnOutcome outcome, ErnReleaseState? state, MusicActor actor, bool dryRun, CancellationToken cancellationToken)
    {
        var plan = new ErnCataloguePlan(message, catalogue);
        await plan.BuildAsync(cancellationToken);
        var content = plan.Recordings.ToDictionary(pair => pair.Key, pair => pair.Value.Content, StringComparer.Ordinal);
        var mapper = new ErnDealMapper(message, plan.Release.Id, content, options.Value.Ddex);
        var deals = mapper.Map();
        outcome = outcome with { ReleaseId = plan.Release.Id, Deals = [.. deals.Select(deal => deal.Id)], Notes = mapper.Notes };
        var takenDown = deals.Count == 0 && message.Deals.All(deal => deal.Held is null);
        if (dryRun) return outcome with { ReleaseId = state?.ReleaseId };
        commit = commit with
        {
            Catalogue = plan.Change,
            Rights = [.. RightsOf(plan, deals, state)],
            State = new ErnReleaseState { ReleaseId = plan.Release.Id, MessageId = message.MessageId, CreatedMs = commit.Message.CreatedMs, Deals = outcome.Deals, Version = state?.Version ?? 0 },
        };
        await CommitAsync(commit, message, takenDown ? "ddex.takedown" : "ddex.import", takenDown ? AuditKind.Takedown : AuditKind.Import, plan.Release.Id, actor, cancellationToken);
        return outcome with { Result = takenDown ? ErnResult.TakenDown : ErnResult.Imported };
    }

    private async Task<ErnOutcome> PurgeAsync(ErnMessage message, ErnCommit commit, ErnOutcome outcome, Release? release, ErnReleaseState? state, MusicActor actor, bool dryRun, CancellationToken cancellationToken)
    {
        if (release is null) throw new ErnException(0, "ern.reference", "This licensor has delivered no release of that identifier.");
        if (dryRun) return outcome with { ReleaseId = release.Id };
        var tracks = await catalogue.ChildrenAsync<Track>(release.Id, cancellationToken);
        var hidden = new List<CatalogueWrite>();
        foreach (var recording in (await catalogue.FindAllAsync<Recording>(tracks.Select(track => track.RecordingId), cancellationToken)).Values)
        {
            // Its keys and plays stay: what was licensed must be told from the log for years. Nobody finds it any more.
            if ((await catalogue.LinkedAsync<Track>(recording.Id, cancellationToken)).All(track => track.ReleaseId == release.Id)) hidden.Add(MusicCatalogue.Write(recording with { Hidden = true }, recording.Version));
        }

        commit = commit with
        {
            Catalogue = new CatalogueChange { Writes = hidden, Removals = [.. tracks.Select(track => new CatalogueRemoval(track.Id, "track", track.Version)), new CatalogueRemoval(release.Id, "release", release.Version)] },
            Rights = [.. Obsolete(state, []), .. state is null ? [] : (RightsChange[])[RightsChange.Delete(RightsKinds.Collections, release.Id)]],
            State = new ErnReleaseState { ReleaseId = release.Id, MessageId = message.MessageId, CreatedMs = commit.Message.CreatedMs, Version = state?.Version ?? 0 },
        };
        await CommitAsync(commit, message, "ddex.purge", AuditKind.Takedown, release.Id, actor, cancellationToken);
        return outcome with { Result = ErnResult.Purged, ReleaseId = release.Id };
    }

    /// <summary>The release as a collection, so that who bought it has its recordings; the deals of the message; and the end of those before it.</summary>
    private static IEnumerable<RightsChange> RightsOf(ErnCataloguePlan plan, IReadOnlyList<Deal> deals, ErnReleaseState? state)
    {
        if (deals.Count > 0)
        {
            var patterns = plan.Recordings.Values.Select(recording => recording.Content).Order(StringComparer.Ordinal).ToList();
            yield return RightsChange.Put(RightsKinds.Collections, new Collection { Id = plan.Release.Id, Name = ErnDealMapper.ShortTitle(plan.Release.Titles[0].Value), Content = new ContentSelector { Patterns = patterns } });
        }
        else if (state is { Deals.Count: > 0 })
        {
            yield return RightsChange.Delete(RightsKinds.Collections, plan.Release.Id);
        }

        foreach (var deal in deals) yield return RightsChange.Put(RightsKinds.Deals, deal);
        foreach (var change in Obsolete(state, deals)) yield return change;
    }

    private static IEnumerable<RightsChange> Obsolete(ErnReleaseState? state, IReadOnlyList<Deal> deals) =>
        (state?.Deals ?? []).Except(deals.Select(deal => deal.Id), StringComparer.Ordinal).Select(id => RightsChange.Delete(RightsKinds.Deals, id));

    private async Task CommitAsync(ErnCommit commit, ErnMessage message, string action, AuditKind kind, string releaseId, MusicActor actor, CancellationToken cancellationToken)
    {
        var details = new Dictionary<string, string>
        {
            ["sender"] = message.Sender,
            ["licensor"] = message.Licensor,
            ["message"] = message.MessageId,
            ["sha256"] = Convert.ToHexStringLower(commit.Message.Sha256),
            ["release"] = releaseId,
            ["deals"] = (commit.State?.Deals.Count ?? 0).ToString(CultureInfo.InvariantCulture),
        };
        await catalogue.RecordAsync(kind, action, actor, details, cancellationToken);
        await ledger.CommitAsync(commit, new RightsActor(actor.Name ?? "drmhub", actor.Role, actor.RequestId), cancellationToken);
    }

    private static async Task<byte[]> ReadAsync(Stream xml, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await xml.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > MaxBytes) throw new ErnException(0, "ern.xml", $"A message has at most {MaxBytes} bytes.");
            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }
}
