using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Podcasts;

/// <summary>
/// Addresses of media in private feeds. The feed carries one for each episode and access that stays the same, because apps keep it for
/// days; it is worth nothing once the access is revoked or its token rotated, and opens neither the feed nor another episode. It leads to one
/// that ends in minutes.
/// </summary>
internal sealed class PodcastLinks(FeedAccessStore store, TimeProvider time)
{
    private const int MacBytes = 16;

    public async ValueTask<string> StableAsync(FeedAccess access, string episodeId, CancellationToken cancellationToken) =>
        Base64Url.EncodeToString((await store.AuthenticateAsync(Stable(access, episodeId), cancellationToken)).AsSpan(0, MacBytes));

    public async ValueTask<bool> IsStableAsync(FeedAccess access, string episodeId, string mac, CancellationToken cancellationToken) =>
        IsEqual(mac, await store.AuthenticateAsync(Stable(access, episodeId), cancellationToken));

    /// <returns>The end in seconds since 1970, and the signature over it.</returns>
    public async ValueTask<(long Ends, string Mac)> ShortAsync(FeedAccess access, string episodeId, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var ends = time.GetUtcNow().Add(lifetime).ToUnixTimeSeconds();
        return (ends, Base64Url.EncodeToString((await store.AuthenticateAsync(Short(access, episodeId, ends), cancellationToken)).AsSpan(0, MacBytes)));
    }

    public async ValueTask<bool> IsShortAsync(FeedAccess access, string episodeId, long ends, string mac, CancellationToken cancellationToken) =>
        IsEqual(mac, await store.AuthenticateAsync(Short(access, episodeId, ends), cancellationToken)) && time.GetUtcNow().ToUnixTimeSeconds() < ends;

    private static string Stable(FeedAccess access, string episodeId) => string.Create(CultureInfo.InvariantCulture, $"enclosure|{access.Id}|{access.RotatedMs}|{episodeId}");

    private static string Short(FeedAccess access, string episodeId, long ends) => string.Create(CultureInfo.InvariantCulture, $"media|{access.Id}|{access.RotatedMs}|{episodeId}|{ends}");

    private static bool IsEqual(string text, byte[] mac)
    {
        Span<byte> given = stackalloc byte[MacBytes];
        return text.Length == Base64Url.GetEncodedLength(MacBytes)
            && Base64Url.TryDecodeFromChars(text, given, out var written) && written == MacBytes
            && CryptographicOperations.FixedTimeEquals(given, mac.AsSpan(0, MacBytes));
    }
}
