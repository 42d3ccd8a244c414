using System.Diagnostics;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Entitlements;
using DrmHub.LicenseProxy.Limits;
using DrmHub.LicenseProxy.Sessions;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy;

/// <summary>The one way to a licence, for every DRM system.</summary>
/// <remarks>
/// 1. Authenticate the player, within its rates, and wait for its turn where the node is busy. 2. Spend a single-use token. 3. Parse the challenge. 4. Stop suspended subscribers. 5. Find the
/// keys and their content. 6. Decide: takedowns, deals, entitlements from all sources, device policy and revocation. 7. Take a device slot. 8. Take
/// a stream slot. 9. Let the DRM system write the licence. 10. Audit. 11. Answer. A refusal at any step is audited too (but for those that only the number of
/// requests caused: a flood would fill the log); what was taken for a licence that then fails is given back; and where the audit log cannot be written nothing is granted.
/// A renewal goes through all of it again. A release is forwarded, frees the stream slot, and is audited as such.
/// </remarks>
public sealed class LicenseGate
{
    private readonly PlayerDoor _door;
    private readonly LoadDoor _load;
    private readonly KeyStore _keys;
    private readonly RightsStore _rights;
    private readonly EntitlementSources _sources;
    private readonly DeviceDoor _devices;
    private readonly StreamDoor _streams;
    private readonly RecentGrants _recent;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private readonly LicenseProxyOptions _options;
    private readonly ILogger _logger;

    internal LicenseGate(
        PlayerDoor door,
        LoadDoor load,
        KeyStore keys,
        RightsStore rights,
        EntitlementSources sources,
        DeviceDoor devices,
        StreamDoor streams,
        AuditLog audit,
        TimeProvider time,
        IOptions<LicenseProxyOptions> options,
        ILogger<LicenseGate> logger)
    {
        _door = door;
        _load = load;
        _keys = keys;
        _rights = rights;
        _sources = sources;
        _devices = devices;
        _streams = streams;
        _recent = new RecentGrants(time);
        _audit = audit;
        _time = time;
        _options = options.Value;
        _logger = logger;
    }

    /// <summary>Asks for a licence. The answer is in the audit log when this returns.</summary>
    /// <param name="cancellationToken">The player went away.</param>
    public async Task<LicenseOutcome> AskAsync(ILicenseExchange exchange, LicenseCaller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(caller);
        var started = Stopwatch.GetTimestamp();
        using var activity = LicenseTelemetry.Start(exchange.System);
        LicenseOutcome outcome;
        try
        {
            outcome = await AskCoreAsync(exchange, new LicenseRecord(_audit, exchange.System, caller), cancellationToken);
        }
        catch (AuditUnavailableException exception)
        {
            Log.AuditUnavailable(_logger, exception);
            outcome = LicenseOutcome.Refused(Refusal.Unrecorded);
        }

        LicenseTelemetry.Answered(activity, exchange.System, outcome.Refusal, started);
        Log.Answered(_logger, caller.RequestId, exchange.System, outcome.Refusal is null ? "granted" : "refused", outcome.Refusal?.Reason);
        return outcome;
    }

    private async Task<LicenseOutcome> AskCoreAsync(ILicenseExchange exchange, LicenseRecord record, CancellationToken cancellationToken)
    {
        var (refusal, isRecorded) = await _door.EnterAsync(record, TimeSpan.Zero, cancellationToken);
        if (refusal is not null) return isRecorded ? await record.RefuseAsync(refusal, cancellationToken) : LicenseOutcome.Refused(refusal);

        // Before anything is spent or read: who is shed may come back with the same token.
        using var permit = await _load.EnterAsync(record, exchange, cancellationToken);
        if (permit.Refusal is not null) return LicenseOutcome.Refused(permit.Refusal);
        if (await _door.SpendAsync(record, cancellationToken) is { } replayed) return await record.RefuseAsync(replayed, cancellationToken);

        var player = record.Player!;
        LicenseQuestion question;
        try
        {
            question = await exchange.ParseAsync(player, cancellationToken);
        }
        catch (ChallengeException challenge)
        {
            return await record.RefuseAsync(new Refusal(challenge.Reason, challenge.Message), cancellationToken);
        }
        catch (UpstreamException upstream)
        {
            return await record.RefuseAsync(record.Failed(upstream), cancellationToken);
        }

        record.Question = question;
        if (question.Kind == LicenseKind.New) record.BusyMaxTrack = permit.MaxTrack;
        if (question.Kind == LicenseKind.Release) return await ReleaseAsync(exchange, question, player, record, cancellationToken);
        var subscriber = await _sources.FindStoredAsync(player.Subscriber, cancellationToken);

        // Before any look at the title: a suspended subscriber learns nothing of the catalogue.
        return subscriber is { Status: SubscriberStatus.Suspended }
            ? await record.RefuseAsync(Refusal.From(ReasonCodes.EntitlementSuspended), cancellationToken)
            : await DecideAsync(exchange, question, player, subscriber, record, cancellationToken);
    }

    private async Task<LicenseOutcome> ReleaseAsync(
        ILicenseExchange exchange, LicenseQuestion question, PlayerToken player, LicenseRecord record, CancellationToken cancellationToken)
    {
        var grant = new LicenseGrant
        {
            Question = question,
            Player = player,
            ContentId = question.ContentId,
            Keys = [],
            Decision = new Decision { Reason = null, Keys = [], Deals = [], LicenseSeconds = 0, Trace = [] },
            SessionId = null,
            NowMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
        };

        // The player has given it up, whatever an upstream says to it.
        await _streams.ReleaseAsync(player, SessionName.Of(player, question, record.Caller), cancellationToken);
        LicenseAnswer answer;
        try
        {
            answer = await exchange.WriteAsync(grant, cancellationToken);
        }
        catch (UpstreamException upstream)
        {
            return await record.RefuseAsync(record.Failed(upstream), CancellationToken.None);
        }

        Remember(answer, record);
        await record.ReleasedAsync(question.ContentId, CancellationToken.None);
        return LicenseOutcome.Released(answer);
    }

    private async Task<LicenseOutcome> DecideAsync(
        ILicenseExchange exchange, LicenseQuestion question, PlayerToken player, Subscriber? subscriber, LicenseRecord record, CancellationToken cancellationToken)
    {
        var found = await FindAsync(question, cancellationToken);
        try
        {
            var titles = new List<TitleDecision>(1);
            var heldBack = false;
            var nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();

            foreach (var (contentId, keys) in ByTitle(found, player))
            {
                var (holder, refusal) = await _sources.CompleteAsync(subscriber, contentId, question, player, record.Country, record, cancellationToken);
                if (refusal is not null) return await record.RefuseAsync(refusal, cancellationToken);
                var (verdict, isHeldBack) = Decide(question, player, holder, contentId, keys, record, nowMs);
                titles.Add(new TitleDecision(contentId, verdict));
                heldBack |= isHeldBack;
            }

            if (titles.Count == 0)
                return await record.RefuseAsync(new Refusal(ReasonCodes.ContentUnknown, "No title that this token is good for has any of these keys."), cancellationToken);

            var decision = TitleDecision.Strictest(titles);
            if (!decision.Granted && heldBack) return LicenseOutcome.Refused(_load.HoldBack(record));
            if (!decision.Granted)
            {
                await record.DecidedAsync(titles, null, cancellationToken);
                return LicenseOutcome.Refused(Refusal.From(decision.Reason!), decision.Keys);
            }

            return await TakeAsync(exchange, question, player, found, titles, decision, nowMs, record, cancellationToken);
        }
        finally
        {
            foreach (var key in found) key.Dispose();
        }
    }

    private Task<IReadOnlyList<VaultKey>> FindAsync(LicenseQuestion question, CancellationToken cancellationToken)
    {
        var byContent = question.KeyIds.Count == 0 && KeyStore.IsValidContentId(question.ContentId);
        if (question.OfEntitlements) return byContent ? _keys.Entitlements.FindByContentAsync(question.ContentId!, cancellationToken) : _keys.Entitlements.FindAsync(question.KeyIds, cancellationToken);
        return byContent ? _keys.FindByContentAsync(question.ContentId!, cancellationToken) : _keys.FindAsync(question.KeyIds, cancellationToken);
    }

    private async Task<LicenseOutcome> TakeAsync(
        ILicenseExchange exchange,
        LicenseQuestion question,
        PlayerToken player,
        IReadOnlyList<VaultKey> found,
        IReadOnlyList<TitleDecision> titles,
        Decision decision,
        long nowMs,
        LicenseRecord record,
        CancellationToken cancellationToken)
    {
        var (fullDevices, undoDevice) = await _devices.TakeAsync(question, player, decision, record, cancellationToken);
        Func<Task>? undoStream = null;
        var granted = false;
        try
        {
            if (fullDevices is not null) return await RefuseAsync(fullDevices, titles, decision, record);
            var contentId = titles.First(title => title.Decision.Granted).ContentId;
            var (session, fullStreams, undo) = await _streams.TakeAsync(question, player, contentId, decision, record, cancellationToken);
            undoStream = undo;
            if (fullStreams is not null) return await RefuseAsync(fullStreams, titles, decision, record);
            var grant = new LicenseGrant
            {
                Question = question,
                Player = player,
                ContentId = contentId,
                Keys = GrantedOf(found, decision),
                Decision = decision,
                SessionId = session,
                NowMs = nowMs,
            };
            var outcome = await WriteAsync(exchange, grant, titles, record, cancellationToken);
            granted = outcome.Refusal is null;
            return outcome;
        }
        finally
        {
            if (!granted)
            {
                await UndoAsync(undoStream);
                await UndoAsync(undoDevice);
            }
        }
    }

    private async Task<LicenseOutcome> WriteAsync(
        ILicenseExchange exchange, LicenseGrant grant, IReadOnlyList<TitleDecision> titles, LicenseRecord record, CancellationToken cancellationToken)
    {
        LicenseAnswer answer;
        try
        {
            answer = await exchange.WriteAsync(grant, cancellationToken);
        }
        catch (UpstreamException upstream)
        {
            return await RefuseAsync(record.Failed(upstream), titles, grant.Decision, record);
        }

        // From here on the player's going away changes nothing: what an upstream wrote is recorded.
        Remember(answer, record);
        var name = RecentGrants.NameOf(grant, record.Caller);
        if (name is null || !_recent.Contains(name.Value)) await record.DecidedAsync(titles, null, CancellationToken.None);
        if (name is not null) _recent.Add(name.Value);
        if (grant.Decision.StartsRental) await StartRentalsAsync(grant, titles);
        return LicenseOutcome.Granted(answer, grant, _streams.Heartbeat);
    }

    private async Task StartRentalsAsync(LicenseGrant grant, IReadOnlyList<TitleDecision> titles)
    {
        try
        {
            foreach (var title in titles.Where(title => title.Decision.StartsRental))
                await _rights.StartRentalAsync(grant.Player.Subscriber, title.ContentId, grant.NowMs, CancellationToken.None);
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or Vault.Storage.StorageException or TimeoutException)
        {
            Log.RentalNotStarted(_logger, exception);
        }
    }

    private async Task UndoAsync(Func<Task>? undo)
    {
        if (undo is null) return;
        try
        {
            await undo();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.UndoFailed(_logger, exception);
        }
    }

    /// <summary>A refusal of what the decision would have granted.</summary>
    private static async Task<LicenseOutcome> RefuseAsync(Refusal refusal, IReadOnlyList<TitleDecision> titles, Decision decision, LicenseRecord record)
    {
        await record.DecidedAsync(titles, refusal.Reason, CancellationToken.None);
        return LicenseOutcome.Refused(refusal, decision.Keys);
    }

    /// <summary>What is asked for of each title. One that the token is not for is answered like one that does not exist.</summary>
    private static List<(string ContentId, List<RequestedKey> Keys)> ByTitle(IReadOnlyList<VaultKey> found, PlayerToken player)
    {
        var titles = new List<(string ContentId, List<RequestedKey> Keys)>(1);
        foreach (var key in found)
        {
            var at = titles.Count - 1;
            while (at >= 0 && titles[at].ContentId != key.ContentId) at--;
            if (at < 0 && !player.IsGoodFor(key.ContentId)) continue;
            if (at < 0)
            {
                at = titles.Count;
                titles.Add((key.ContentId, new List<RequestedKey>(found.Count)));
            }

            titles[at].Keys.Add(RequestedKeys.From(key));
        }

        return titles;
    }

    private static List<VaultKey> GrantedOf(IReadOnlyList<VaultKey> found, Decision decision)
    {
        var granted = new List<VaultKey>(found.Count);
        foreach (var key in found)
        {
            foreach (var each in decision.Keys)
            {
                if (!each.Granted || each.KeyId != key.KeyId) continue;
                granted.Add(key);
                break;
            }
        }

        return granted;
    }

    private static void Remember(LicenseAnswer answer, LicenseRecord record)
    {
        record.Upstream = answer.Upstream;
        record.Note(answer.Details);
    }

    /// <returns>The decision; and whether it grants nothing for no other reason than that the node is busy.</returns>
    private (Decision Decision, bool IsHeldBack) Decide(
        LicenseQuestion question, PlayerToken player, Subscriber? subscriber, string contentId, List<RequestedKey> keys, LicenseRecord record, long nowMs)
    {
        var request = Questions.Of(question, player, contentId, keys, record.Country, nowMs) with { WithTrace = true, BusyMaxTrack = record.BusyMaxTrack };
        var decision = Entitlement.Decide(request, _rights.Current, subscriber, _options.DevicePolicy);
        var isHeldBack = false;
        if (request.BusyMaxTrack is not null && !decision.Granted)
        {
            // Nothing is left under the cap. Whether that is all there is against it, the decision without the cap says; it grants nothing here.
            request = request with { BusyMaxTrack = null };
            var uncapped = Entitlement.Decide(request, _rights.Current, subscriber, _options.DevicePolicy);
            isHeldBack = uncapped.Granted;
            if (!isHeldBack) decision = uncapped;
        }

        record.Note(RequestFacts.Of(request));
        if (request.BusyMaxTrack is not null) record.Note("capped", "busy");
        return (decision, isHeldBack);
    }
}
