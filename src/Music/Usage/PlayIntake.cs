using DrmHub.Music.Catalogue;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Usage;

/// <summary>
/// Takes plays in. Each is tied to the licence under which it was heard, which is the newest in the audit log for this subscriber and content
/// that was granted before the play began; to the deal that granted it; and to the country of the licence.
/// </summary>
internal sealed class PlayIntake(MusicCatalogue catalogue, PlayStore store, FeedAccessStore keys, AuditLog audit, RightsStore rights, IOptions<MusicOptions> options, TimeProvider time)
{
    public const int MaxPlays = 200;

    /// <summary>Clocks of players run ahead by this much.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(5);

    public async Task<IReadOnlyList<PlayAnswer>> TakeAsync(IReadOnlyList<PlayReport> plays, MusicPlayer player, CancellationToken cancellationToken)
    {
        var answers = new PlayAnswer[plays.Count];
        var rows = new List<(int Place, PlayRow Row)>();
        var listener = await ListenerAsync(player.Subscriber, cancellationToken);
        var owners = new Dictionary<string, (string Id, string Licensor, long? DurationMs)?>(StringComparer.Ordinal);
        var licences = new Dictionary<string, IReadOnlyList<AuditRecord>>(StringComparer.Ordinal);
        for (var i = 0; i < plays.Count; i++)
        {
            var play = plays[i];
            if (Check(play) is { } problem)
            {
                answers[i] = new PlayAnswer(play.Id, PlayResult.Refused, problem);
                continue;
            }

            if (!owners.TryGetValue(play.Content, out var owner)) owners[play.Content] = owner = await FindOwnerAsync(play.Content, cancellationToken);
            if (owner is null)
            {
                answers[i] = new PlayAnswer(play.Id, PlayResult.Refused, "There is no such content.");
                continue;
            }

            if (!licences.TryGetValue(play.Content, out var granted)) licences[play.Content] = granted = await FindLicencesAsync(player.Subscriber, play.Content, plays, cancellationToken);
            var licence = Choose(granted, play.Started);
            rows.Add((i, Row(play, player, listener, owner.Value, licence, await FindDealAsync(licence, play.Content, owner.Value.Licensor, cancellationToken))));
        }

        var changes = await store.AddAsync([.. rows.Select(each => each.Row)], cancellationToken);
        for (var i = 0; i < rows.Count; i++)
        {
            var (place, row) = rows[i];
            answers[place] = new PlayAnswer(row.PlayId, row.LicenseIndex is null ? PlayResult.Unlicensed : changes[i] switch { PlayChange.Added => PlayResult.Added, PlayChange.Extended => PlayResult.Extended, _ => PlayResult.Duplicate });
        }

        return answers;
    }

    /// <summary>A subscriber as plays know them.</summary>
    public async ValueTask<byte[]> ListenerAsync(string subscriber, CancellationToken cancellationToken) => (await keys.AuthenticateAsync("listener|" + subscriber, cancellationToken))[..16];

    private string? Check(PlayReport play)
    {
        var settings = options.Value.Usage;
        var now = time.GetUtcNow();
        if (!ItemCheck.IsId(play.Id)) return "id is 1 to 64 letters, digits, dots, underscores or hyphens.";
        if (play.Content.Length is 0 or > 200) return "content is 1 to 200 characters.";
        if (play.Started > now + s_skew) return "started lies in the future.";
        if (play.Started < now - settings.MaxDelay) return "started lies further back than plays are taken.";
        if (play.PlayedMs is < 0 or > 86_400_000) return "playedMs is 0 to 86400000.";
        if (play.PlayedMs > (now + s_skew - play.Started).TotalMilliseconds + 1) return "playedMs is longer than the time since it started.";
        if (play.Release is not null && !ItemCheck.IsId(play.Release)) return "release is an id.";
        return play.Quality is null or "low" or "high" or "lossless" ? null : "quality is low, high or lossless.";
    }

    private async Task<(string Id, string Licensor, long? DurationMs)?> FindOwnerAsync(string content, CancellationToken cancellationToken)
    {
        if (await catalogue.FindOneByAsync<Recording>("content", content, "", cancellationToken) is { } recording) return (recording.Id, recording.Licensor ?? "", recording.DurationMs);
        return await catalogue.FindOneByAsync<Episode>("content", content, "", cancellationToken) is { } episode ? (episode.Id, episode.Licensor ?? "", episode.DurationMs) : null;
    }

    private async Task<IReadOnlyList<AuditRecord>> FindLicencesAsync(string subscriber, string content, IReadOnlyList<PlayReport> plays, CancellationToken cancellationToken)
    {
        var starts = plays.Where(play => play.Content == content).Select(play => play.Started).ToList();
        var query = new AuditQuery
        {
            Kinds = [AuditKind.LicenseGranted, AuditKind.LicenseRenewed],
            Subject = subscriber,
            ContentId = content,
            From = starts.Min() - options.Value.Usage.LicenseReach,
            Until = starts.Max() + s_skew,
            Limit = AuditQuery.MaxLimit,
        };
        return (await audit.QueryAsync(query, cancellationToken)).Entries;
    }

    /// <summary>The newest before the play; entries come newest first. A player's clock may be a little behind.</summary>
    private AuditRecord? Choose(IReadOnlyList<AuditRecord> granted, DateTimeOffset started) =>
        granted.FirstOrDefault(entry => entry.At <= started + s_skew && entry.At >= started - options.Value.Usage.LicenseReach);

    /// <summary>Several deals may have granted keys of one licence: the play is under the licensor's own, where that is one of them.</summary>
    private async Task<(string Id, string? Model)?> FindDealAsync(AuditRecord? licence, string content, string licensor, CancellationToken cancellationToken)
    {
        (string Id, string? Model)? first = null;
        foreach (var id in (licence?.Deal ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            // A deal that is gone, or no longer covers the content, is known from when it did.
            var known = rights.Current.DealsFor(content).FirstOrDefault(deal => deal.Id == id) is { } deal ? (deal.Licensor ?? "", deal.Model.ToString()) : await store.FindDealAsync(id, cancellationToken);
            if (known is { } found) await store.KeepDealAsync(id, found.Item1, found.Item2, cancellationToken);
            if (known?.Item1 == licensor) return (id, known?.Item2);
            first ??= (id, known?.Item2);
        }

        return first;
    }

    private PlayRow Row(PlayReport play, MusicPlayer player, byte[] listener, (string Id, string Licensor, long? DurationMs) owner, AuditRecord? licence, (string Id, string? Model)? deal)
    {
        return new PlayRow
        {
            Listener = listener,
            PlayId = play.Id,
            ContentId = play.Content,
            OwnerId = owner.Id,
            ReleaseId = play.Release,
            Licensor = owner.Licensor,
            StartedMs = play.Started.ToUnixTimeMilliseconds(),
            ReceivedMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            PlayedMs = owner.DurationMs is { } duration ? Math.Min(play.PlayedMs, duration) : play.PlayedMs,
            Completed = play.Completed ? 1 : 0,
            Offline = play.Offline ? 1 : 0,
            Quality = play.Quality,
            Country = licence?.Country ?? player.Country,
            LicenseIndex = licence?.Index,
            LicenseId = licence?.Id,
            Deal = deal?.Id,
            Model = deal?.Model,
        };
    }
}
