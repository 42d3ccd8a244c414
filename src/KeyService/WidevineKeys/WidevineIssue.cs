using DrmHub.Cenc;
using DrmHub.KeyService.Packagers;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>The keys that answer a request, and the entitlement keys to wrap them under where it asks for that. Owns them.</summary>
internal sealed record WidevineIssue(IReadOnlyList<VaultKey> Keys, IReadOnlyList<VaultKey>? Entitlements) : IDisposable
{
    private const string Protocol = "widevine";

    /// <summary>Keys for the content or group that the request names, made where they are not there.</summary>
    public static async Task<WidevineIssue> MakeAsync(KeyIssuer issuer, WidevineKeyRequest request, string packager, CancellationToken cancellationToken)
    {
        var entitlements = request.WithEntitlement
            ? await issuer.Entitlements.GetOrCreateAsync(request.ContentId!, [.. request.Tracks.Select(track => WidevineTrack.Of(track, request.VideoFeature).Label)], cancellationToken)
            : null;
        return await WithAsync(entitlements, () => issuer.GetOrCreateAsync(request.ContentId!, SpecsOf(request), packager, Protocol, cancellationToken, entitlements));
    }

    /// <summary>Keys that exist; none is made, and no entitlement key either.</summary>
    /// <param name="admit">Told the content id before anything of it is opened; throws where the packager may not have it.</param>
    public static async Task<WidevineIssue> FindAsync(KeyIssuer issuer, WidevineKeyRequest request, string packager, Action<string> admit, CancellationToken cancellationToken)
    {
        var (contentId, found) = await WidevineKeyFinder.FindAsync(issuer, request, cancellationToken);
        admit(contentId);
        var entitlements = request.WithEntitlement ? await issuer.Entitlements.FindByContentAsync(contentId, cancellationToken) : null;
        return await WithAsync(entitlements, async () =>
        {
            if (entitlements is not null && found.Any(key => entitlements.All(entitlement => entitlement.Track != key.Track)))
                throw new WidevineKeyException(WidevineKeyStatus.AssetMissingKey, "The content has no entitlement keys for these tracks; ask by \"content_id\", which makes them.");
            return await issuer.ReissueAsync(contentId, [.. found.Select(key => key.KeyId)], packager, Protocol, cancellationToken, entitlements);
        });
    }

    public void Dispose()
    {
        foreach (var key in Keys) key.Dispose();
        Dispose(Entitlements);
    }

    private static async Task<WidevineIssue> WithAsync(IReadOnlyList<VaultKey>? entitlements, Func<Task<IReadOnlyList<VaultKey>>> issue)
    {
        try
        {
            return new WidevineIssue(await issue(), entitlements);
        }
        catch
        {
            Dispose(entitlements);
            throw;
        }
    }

    private static void Dispose(IReadOnlyList<VaultKey>? keys)
    {
        foreach (var key in keys ?? []) key.Dispose();
    }

    private static IReadOnlyList<KeySpec> SpecsOf(WidevineKeyRequest request) =>
    [
        .. from period in Enumerable.Range(0, Math.Max(1, request.PeriodCount))
           from track in request.Tracks
           select KeySpec.ForTrack(track, request.Scheme ?? ProtectionScheme.Cenc, request.FirstPeriod + period) with { Track = WidevineTrack.Of(track, request.VideoFeature).Label },
    ];
}
