using DrmHub.Cenc;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>Finds keys that exist, for requests by <c>pssh_data</c> or <c>asset_id</c>: a packager that decrypts what it once encrypted.</summary>
internal static class WidevineKeyFinder
{
    /// <summary>Of one content id: its name, and which of its keys the request is for. No key is opened.</summary>
    /// <exception cref="WidevineKeyException">The keys do not exist, or do not belong together.</exception>
    public static async Task<(string ContentId, IReadOnlyList<VaultKeyInfo> Keys)> FindAsync(KeyIssuer issuer, WidevineKeyRequest request, CancellationToken cancellationToken)
    {
        var found = request.Pssh is { ContentKeyIds.Count: > 0 }
            ? await ByKeyIdsAsync(issuer, request, cancellationToken)
            : await ByContentAsync(issuer, request, cancellationToken);

        // A track of SPEKE's or of PlayReady packaging has a name that this API cannot ask for.
        var chosen = found.Where(key => request.Tracks.Count == 0 || WidevineTrack.Parse(key.Track) is not { } track || request.Tracks.Contains(track.Type)).ToList();
        if (chosen.Count == 0) throw new WidevineKeyException(WidevineKeyStatus.AssetMissingKey, "The content has keys, but none for these tracks.");
        return (chosen[0].ContentId, [.. chosen.OrderBy(key => key.CryptoPeriod)]);
    }

    private static async Task<IReadOnlyList<VaultKeyInfo>> ByKeyIdsAsync(KeyIssuer issuer, WidevineKeyRequest request, CancellationToken cancellationToken)
    {
        var wanted = request.Pssh!.ContentKeyIds.Distinct().ToList();
        var found = await issuer.DescribeAsync(wanted, cancellationToken);
        if (found.Count == 0) throw NotFound();
        if (found.Count < wanted.Count) throw new WidevineKeyException(WidevineKeyStatus.AssetMissingKey, "Some of the key ids in \"pssh_data\" are not known here.");
        if (found.Any(key => key.ContentId != found[0].ContentId)) throw new WidevineKeyException(WidevineKeyStatus.KeyIdMismatch, "The key ids in \"pssh_data\" belong to several contents.");
        if (!request.Pssh!.ContentId.IsEmpty && WidevineContentNames.NameOf(request.Pssh.ContentId.Span) != found[0].ContentId)
            throw new WidevineKeyException(WidevineKeyStatus.ContentIdMismatch, "The key ids in \"pssh_data\" belong to another content than its content id.");
        return found;
    }

    private static async Task<IReadOnlyList<VaultKeyInfo>> ByContentAsync(KeyIssuer issuer, WidevineKeyRequest request, CancellationToken cancellationToken)
    {
        var name = request.Pssh is { } pssh ? WidevineContentNames.NameOf(pssh.ContentId.Span) : request.AssetId!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (!KeyStore.IsValidContentId(name)) throw NotFound();
        var scheme = request.Pssh?.Scheme ?? request.Scheme;
        var (first, count) = request.Pssh?.CryptoPeriodIndex is { } index ? (index, 1) : (request.FirstPeriod, request.PeriodCount);

        // A channel may have thousands of periods: only those that are asked for are read.
        var found = first is { } from
            ? (await issuer.Periods.ListAsync(name, from, from + count - 1, count, cancellationToken)).Keys
            : [.. (await issuer.DescribeAsync(name, cancellationToken)).Where(key => key.CryptoPeriod is null)];
        var chosen = found.Where(key => (scheme is null || key.Scheme == scheme) && HasFeature(key, request.VideoFeature)).ToList();
        if (chosen.Count > 0) return chosen;
        var others = await issuer.DescribeAsync(name, cancellationToken);
        throw others.Any(key => (scheme is null || key.Scheme == scheme) && HasFeature(key, request.VideoFeature))
            ? new WidevineKeyException(WidevineKeyStatus.NoRequestedCryptoPeriods, "The content has keys, but none of these crypto periods.")
            : NotFound();
    }

    /// <summary>A content id alone means the keys that a request for new ones with the same video feature, or none, would get.</summary>
    private static bool HasFeature(VaultKeyInfo key, string? feature) => WidevineTrack.Parse(key.Track) is not { } track || track == WidevineTrack.Of(track.Type, feature);

    private static WidevineKeyException NotFound() => new(WidevineKeyStatus.AssetNotFound, "No keys are known for what the request names.");
}
