using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Cenc;
using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Systems.ClearKey;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Mvc;

namespace DrmHub.Host.Listening;

/// <summary>A device asks whether it may go on with what it keeps.</summary>
internal sealed record CheckInRequest
{
    /// <summary>By the device's own clock.</summary>
    public DateTimeOffset? DeviceTime { get; init; }

    /// <summary>Content ids that the device no longer keeps; up to 1,000.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];

    /// <summary>The <c>next</c> of the answer before, where a device keeps more than fits one answer.</summary>
    public string? After { get; init; }
}

internal sealed record KeptTitle(string ContentId, DateTimeOffset Until);

internal sealed record RemovedTitle(string ContentId, string Reason);

/// <summary>What the device does now.</summary>
/// <param name="License">Keys of what it keeps; null where nothing is left.</param>
/// <param name="Clock"><c>ok</c>, or <c>set_back</c>: the ends were then not moved.</param>
/// <param name="ServerTime">The highest trusted time: a player that keeps it refuses to play while its clock lies before it.</param>
/// <param name="Keep">Goes on.</param>
/// <param name="Remove">Deleted at once: a deal ended, a title was taken down, a plan ran out, the device was revoked.</param>
/// <param name="Next">There is more: send it as <c>after</c>. Null at the end.</param>
internal sealed record CheckInAnswer(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? License, string Clock, DateTimeOffset ServerTime, DateTimeOffset CheckInBefore, IReadOnlyList<KeptTitle> Keep, IReadOnlyList<RemovedTitle> Remove, string? Next);

/// <summary>
/// <c>POST /music/checkins</c>: a renewal, through the gate, of everything that a device keeps. What is not granted any more goes.
/// </summary>
internal static class CheckInApi
{
    private const int MaxBody = 256 * 1024;

    /// <summary>A title has up to three keys and several languages; the rest is the next page.</summary>
    private const int PageSize = 100;

    public static void MapCheckIns(this IEndpointRouteBuilder routes) => routes.MapPost("/music/checkins", AskAsync)
        .WithMetadata(new RequestSizeLimitAttribute(MaxBody))
        .Accepts<CheckInRequest>("application/json")
        .Produces<CheckInAnswer>()
        .ForPlayers()
        .WithName("CheckIn")
        .WithSummary("A device that plays offline asks whether it may go on: what it keeps, until when, and what it must remove.");

    private static async Task<IResult> AskAsync(HttpContext http, LicenseGate gate, KeyStore keys, OfflineLibrary offline, CancellationToken cancellationToken)
    {
        var visit = new Visit(keys, offline);
        var outcome = await gate.AskAsync(new ClearKeyQueue((player, cancellation) => visit.ReadAsync(http.Request, player, cancellation)), PlayerHttp.CallerOf(http), cancellationToken);

        // All titles refused is an answer to a check-in; a suspended account or a bad token is none.
        var answered = outcome.Refusal is null || outcome.Decisions.Count > 0 || visit.IsEmpty;
        var refusal = PlayerHttp.Explain(http, outcome);
        if (refusal is not null && !answered) return refusal;
        return TypedResults.Ok(await visit.AnswerAsync(outcome, cancellationToken));
    }

    private sealed class Visit(KeyStore keys, OfflineLibrary offline)
    {
        private readonly Dictionary<KeyId, string> _contentOf = [];
        private PlayerToken? _player;
        private IReadOnlyList<OfflineItem> _items = [];
        private bool _setBack;
        private bool _isLast;

        /// <summary>The device keeps nothing (more): the gate has nothing to decide on.</summary>
        public bool IsEmpty => _player is not null && _items.Count == 0;

        public async ValueTask<QueueQuestion> ReadAsync(HttpRequest http, PlayerToken player, CancellationToken cancellationToken)
        {
            var request = await ReadBodyAsync(http, cancellationToken);
            if (player.Device is not { } device) throw new ChallengeException(ReasonCodes.TokenInvalid, "A check-in needs a token that names its device (did).");
            if (request.DeviceTime is not { } clock) throw new ChallengeException(ReasonCodes.ChallengeMalformed, "\"deviceTime\" is missing: the device's own clock.");
            if (request.Removed is null || request.Removed.Count > 1000) throw new ChallengeException(ReasonCodes.ChallengeMalformed, "\"removed\" has up to 1000 content ids.");
            _setBack = await offline.IsSetBackAsync(player, clock, cancellationToken);
            if (request.Removed.Count > 0) await offline.Shelf.KeepAsync(player.Subscriber, device, [], request.Removed, null, false, cancellationToken);
            _items = await offline.Shelf.ListAsync(player.Subscriber, device, request.After ?? "", PageSize + 1, cancellationToken);
            _isLast = _items.Count <= PageSize;
            if (!_isLast) _items = [.. _items.Take(PageSize)];
            foreach (var item in _items)
            {
                foreach (var key in await keys.FindInfoByContentAsync(item.Content, cancellationToken))
                    if (_contentOf.Count < ClearKeyQueue.MaxKeys) _contentOf[key.KeyId] = item.Content;
            }

            _player = player;
            return new QueueQuestion([.. _contentOf.Keys], ContentUse.Download, IsRenewal: true) { Notes = _setBack ? new Dictionary<string, string> { ["clock"] = "set back" } : new Dictionary<string, string>() };
        }

        public async Task<CheckInAnswer> AnswerAsync(LicenseOutcome outcome, CancellationToken cancellationToken)
        {
            var reasons = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var decision in outcome.Decisions)
            {
                if (!_contentOf.TryGetValue(decision.KeyId, out var content)) continue;
                if (decision.Granted) reasons[content] = null;
                else if (!reasons.ContainsKey(content)) reasons[content] = decision.Reason;
            }

            var refused = outcome.Refusal?.Reason;
            var removed = _items.Where(item => refused is not null || !reasons.TryGetValue(item.Content, out var reason) || reason is not null)
                .Select(item => new RemovedTitle(item.Content, reasons.GetValueOrDefault(item.Content) ?? refused ?? ReasonCodes.ContentUnknown)).ToList();
            var kept = _items.Where(item => removed.TrueForAll(gone => gone.ContentId != item.Content)).ToList();
            var terms = await offline.KeepAsync(_player!, [.. kept.Select(item => item.Content)], [.. removed.Select(item => item.ContentId)], outcome.Terms?.LicenseSeconds ?? 0, _setBack, cancellationToken);
            return new CheckInAnswer(
                outcome.Answer is { } answer ? Parse(answer.Body) : null,
                _setBack ? "set_back" : "ok",
                terms.ServerTime,
                kept.Count == 0 || !_setBack ? terms.CheckInBefore : DateTimeOffset.FromUnixTimeMilliseconds(kept.Min(item => item.UntilMs)),
                [.. kept.Select(item => new KeptTitle(item.Content, _setBack ? DateTimeOffset.FromUnixTimeMilliseconds(item.UntilMs) : terms.CheckInBefore))],
                removed,
                _isLast ? null : _items[^1].Content);
        }

        private static JsonElement Parse(ReadOnlyMemory<byte> body)
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }

        private static async ValueTask<CheckInRequest> ReadBodyAsync(HttpRequest http, CancellationToken cancellationToken)
        {
            try
            {
                return await JsonSerializer.DeserializeAsync<CheckInRequest>(http.Body, JsonSerializerOptions.Web, cancellationToken) ?? throw new JsonException();
            }
            catch (Exception exception) when (exception is JsonException or BadHttpRequestException)
            {
                throw new ChallengeException(ReasonCodes.ChallengeMalformed, "The request is not the JSON that is wanted here: {\"deviceTime\": \"…\"}.");
            }
        }
    }
}
