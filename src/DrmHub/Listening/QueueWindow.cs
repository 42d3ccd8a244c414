using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Systems.ClearKey;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Listening;

/// <summary>One request for a window of a queue: from its ids to key ids, and from the decision on keys back to tracks.</summary>
internal sealed class QueueWindow(PlayableMusic music, OfflineLibrary offline)
{
    private IReadOnlyList<string> _asked = [];
    private IReadOnlyList<Playable> _found = [];
    private RenditionQuality _max = RenditionQuality.Lossless;

    public PlayerToken? Player { get; private set; }

    public bool IsDownload { get; private set; }

    public async ValueTask<QueueQuestion> ReadAsync(HttpRequest http, PlayerToken player, CancellationToken cancellationToken)
    {
        Player = player;
        var request = await ReadBodyAsync(http, cancellationToken);
        if (request.Tracks is null || request.Tracks.Count is 0 or > QueueRequest.MaxTracks || request.Tracks.Any(id => id is null or { Length: 0 or > 64 })) throw Malformed($"\"tracks\" has 1 to {QueueRequest.MaxTracks} ids.");
        _max = request.Max switch { null or "lossless" => RenditionQuality.Lossless, "high" => RenditionQuality.High, "low" => RenditionQuality.Low, _ => throw Malformed("\"max\" is low, high or lossless.") };
        IsDownload = request.Use switch { "stream" => false, "download" => true, _ => throw Malformed("\"use\" is stream or download.") };
        _asked = [.. request.Tracks.Distinct(StringComparer.Ordinal)];
        _found = await music.FindAllAsync(_asked, cancellationToken);
        if (IsDownload) await offline.CheckRoomAsync(player, [.. _found.Select(each => each.ContentId)], cancellationToken);
        return new QueueQuestion([.. _found.SelectMany(Keys).Select(key => key.KeyId).Distinct()], IsDownload ? ContentUse.Download : ContentUse.Stream);
    }

    /// <summary>The tracks in the order in which they were asked for.</summary>
    public IReadOnlyList<QueueTrack> Describe(IReadOnlyDictionary<KeyId, KeyDecision> decisions, IReadOnlySet<string> freeDeals)
    {
        var tracks = new List<QueueTrack>(_asked.Count);
        foreach (var id in _asked)
        {
            var playable = _found.FirstOrDefault(each => each.Id == id);
            if (playable is null)
            {
                tracks.Add(new QueueTrack(id, null, null, ReasonCodes.ContentUnknown, false, []));
                continue;
            }

            var keys = Keys(playable).Select(key => Describe(key.Rendition, key.KeyId, decisions.GetValueOrDefault(key.KeyId))).ToList();
            var granted = keys.Where(key => key.Granted).ToList();
            var reason = granted.Count > 0 ? null : keys.FirstOrDefault()?.Reason ?? ReasonCodes.KeyUnknown;
            tracks.Add(new QueueTrack(id, playable.ContentId, granted.LastOrDefault()?.Quality, reason, granted.Count > 0 && granted.TrueForAll(key => key.Deal is { } deal && freeDeals.Contains(deal)), keys));
        }

        return tracks;
    }

    /// <summary>Content ids of which at least one key is granted.</summary>
    public IReadOnlyList<string> Granted(IReadOnlyDictionary<KeyId, KeyDecision> decisions) =>
        [.. _found.Where(each => Keys(each).Any(key => decisions.GetValueOrDefault(key.KeyId) is { Granted: true })).Select(each => each.ContentId).Distinct(StringComparer.Ordinal)];

    /// <summary>The others: the place that was held for them on the device is free again.</summary>
    public IReadOnlyList<string> Withheld(IReadOnlyDictionary<KeyId, KeyDecision> decisions) =>
        [.. _found.Select(each => each.ContentId).Except(Granted(decisions), StringComparer.Ordinal)];

    private static QueueKey Describe(Rendition rendition, KeyId keyId, KeyDecision? decision) =>
        new(rendition.Id, QualityNames.Of(rendition.Quality), keyId.ToHex(), decision is { Granted: true }, decision is null ? ReasonCodes.KeyUnknown : decision.Reason, decision?.Deal);

    private IEnumerable<(Rendition Rendition, KeyId KeyId)> Keys(Playable playable)
    {
        foreach (var rendition in playable.Renditions.Where(each => each.Quality <= _max).OrderBy(each => each.Quality))
        {
            foreach (var text in rendition.KeyIds)
                if (KeyId.TryParse(text, out var keyId)) yield return (rendition, keyId);
        }
    }

    private static async ValueTask<QueueRequest> ReadBodyAsync(HttpRequest http, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<QueueRequest>(http.Body, JsonSerializerOptions.Web, cancellationToken) ?? throw Malformed("The request is not a JSON object.");
        }
        catch (JsonException)
        {
            throw Malformed("The request is not the JSON that is wanted here: {\"tracks\": [\"…\"]}.");
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw Malformed("The request is too long.");
        }
    }

    private static ChallengeException Malformed(string message) => new(ReasonCodes.ChallengeMalformed, message);
}
