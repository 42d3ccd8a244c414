using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.Administration;

/// <summary>The keys of a CPIX document as rows of the key table: what each key protects comes from its usage rule.</summary>
internal static class CpixKeyTable
{
    private const int IvSize = 16;

    /// <param name="document">With its keys in the clear.</param>
    /// <param name="contentId">For keys of which the document names no content.</param>
    /// <param name="scheme">For keys of which the document names no scheme; null refuses them.</param>
    /// <exception cref="CpixException"><c>cpix.import</c>: which key cannot be taken in, and why.</exception>
    public static IReadOnlyList<KeyTableRow> Read(CpixDocument document, string? contentId, string? scheme)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (document.ContentKeys.Count == 0) throw Refuse("The document has no ContentKey.");
        var rules = document.UsageRules.ToLookup(static rule => rule.Kid);
        var periods = document.Periods.Where(static period => !string.IsNullOrEmpty(period.Id)).ToLookup(static period => period.Id!, StringComparer.Ordinal);
        return [.. document.ContentKeys.Select(key => RowOf(document, key, [.. rules[key.Kid]], periods, contentId, scheme))];
    }

    private static KeyTableRow RowOf(CpixDocument document, CpixContentKey key, IReadOnlyList<CpixUsageRule> rules, ILookup<string, CpixPeriod> periods, string? contentId, string? scheme)
    {
        if (key.IsEncrypted) throw Refuse($"{key.Kid} is encrypted: decrypt the document first.");
        // One row says what a key is for: several rules would lose what they say.
        if (rules.Count > 1) throw Refuse($"{key.Kid} has more than one ContentKeyUsageRule.");
        var rule = rules.Count == 0 ? null : rules[0];
        var range = rule is { IsUsable: true } && rule.VideoFilters.Count + rule.AudioFilters.Count > 0 ? SpekeTrackRange.Of(rule) : SpekeTrackRange.Everything;
        var bytes = key.GetKeyBytes() ?? throw Refuse($"{key.Kid} has no value.");
        try
        {
            if (bytes.Length != ContentKey.Size) throw Refuse($"{key.Kid} has {bytes.Length} bytes; a content key has {ContentKey.Size}.");
            return new KeyTableRow
            {
                ContentId = document.EffectiveContentId(key.Kid) ?? contentId ?? document.Id ?? throw Refuse($"{key.Kid} belongs to no content: give contentId."),
                KeyId = key.Kid.ToString(),
                Key = Convert.ToHexStringLower(bytes),
                Track = string.IsNullOrWhiteSpace(rule?.IntendedTrackType) ? "ALL" : rule.IntendedTrackType,
                Scheme = SchemeOf(document.EffectiveScheme(key.Kid) ?? scheme) ?? throw Refuse($"{key.Kid} has no protection scheme that is known here: give scheme."),
                CryptoPeriod = SpekeIssuer.IndexOf(rule?.PeriodIds.SelectMany(id => periods[id]).FirstOrDefault()),
                Iv = key.ExplicitIV is { Length: IvSize } iv ? Convert.ToHexStringLower(iv) : null,
                MinPixels = range.IsVideo ? range.MinPixels ?? 0 : null,
                MaxPixels = range.IsVideo ? range.MaxPixels : null,
                MinChannels = range.IsAudio ? Channels(range.MinChannels ?? 0) : null,
                MaxChannels = range.IsAudio ? Channels(range.MaxChannels) : null,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static int? Channels(long? count) => count is null ? null : (int)Math.Clamp(count.Value, int.MinValue, int.MaxValue);

    private static string? SchemeOf(string? text) => SpekeIssuer.TryScheme(text, out var scheme) ? scheme.ToFourCC() : null;

    private static CpixException Refuse(string message) => new("cpix.import", message);
}
