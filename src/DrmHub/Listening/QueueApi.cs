using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Systems.ClearKey;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Mvc;

namespace DrmHub.Host.Listening;

/// <summary>
/// <c>POST /music/licenses</c>: one licence for what plays now and what comes next, so that a player has the keys of the next track before it
/// starts and a skip waits for nothing. It lives here because it joins two parts that do not know each other: the catalogue and the gate.
/// </summary>
internal static class QueueApi
{
    private const int MaxBody = 64 * 1024;

    public static void MapQueueLicenses(this IEndpointRouteBuilder routes) => routes.MapPost("/music/licenses", AskAsync)
        .WithMetadata(new RequestSizeLimitAttribute(MaxBody))
        .Accepts<QueueRequest>("application/json")
        .Produces<QueueAnswer>()
        .ForPlayers()
        .WithName("GetQueueLicense")
        .WithSummary("One Clear Key licence for a window of a queue: which keys the listener's tier has, and why not the others.");

    private static async Task<IResult> AskAsync(HttpContext http, LicenseGate gate, PlayableMusic music, RightsStore rights, OfflineLibrary offline, CancellationToken cancellationToken)
    {
        var window = new QueueWindow(music, offline);
        var outcome = await gate.AskAsync(new ClearKeyQueue((player, cancellation) => window.ReadAsync(http.Request, player, cancellation)), PlayerHttp.CallerOf(http), cancellationToken);
        if (PlayerHttp.Explain(http, outcome) is { } refusal) return refusal;
        var decisions = outcome.Decisions.ToDictionary(decision => decision.KeyId);
        var free = rights.Deals.Where(deal => deal.Model == CommercialModel.Free).Select(deal => deal.Id).ToHashSet(StringComparer.Ordinal);
        var tracks = window.Describe(decisions, free);
        var terms = outcome.Terms!;
        var kept = window.IsDownload ? await offline.KeepAsync(window.Player!, window.Granted(decisions), window.Withheld(decisions), terms.LicenseSeconds, setBack: false, cancellationToken) : null;
        using var license = JsonDocument.Parse(outcome.Answer!.Body);
        return TypedResults.Ok(new QueueAnswer(license.RootElement.Clone(), kept is null ? terms.LicenseSeconds : Math.Min(terms.LicenseSeconds, offline.CheckInSeconds), terms.RenewSeconds, tracks.Any(track => track.Ads), kept, tracks));
    }
}
