using System.Text;
using System.Text.Json;
using DrmHub.Cenc;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>The inner message of a Widevine key request, checked.</summary>
internal sealed record WidevineKeyRequest
{
    /// <summary>A packager asks for ten periods at a time; a hundred tracks and periods together are far beyond any.</summary>
    private const int MaxTracks = 16;
    private const int MaxPeriods = 128;
    private const int MaxContentIdBytes = 256;

    public required byte[] ContentIdBytes { get; init; }

    /// <summary><see cref="ContentIdBytes"/> as the hub names it: the text where it is printable UTF-8, else <c>0x</c> and hex.</summary>
    public required string ContentId { get; init; }

    public required IReadOnlyList<TrackType> Tracks { get; init; }

    public required ProtectionScheme Scheme { get; init; }

    /// <summary>Null where keys are not rotated.</summary>
    public long? FirstPeriod { get; init; }

    public int PeriodCount { get; init; }

    public uint? PeriodSeconds { get; init; }

    /// <exception cref="WidevineKeyException">With the API's status for what is wrong.</exception>
    public static WidevineKeyRequest Parse(ReadOnlyMemory<byte> message)
    {
        using var document = WidevineEnvelope.ParseJson(message, "\"request\"");
        var root = document.RootElement;
        var contentId = JsonFields.Base64(root, "content_id");
        if (contentId is null or { Length: 0 }) throw new WidevineKeyException(WidevineKeyStatus.ContentIdMissing, "\"content_id\" is missing: the content id as base64.");
        if (contentId.Length > MaxContentIdBytes) throw JsonFields.Malformed($"\"content_id\" has more than {MaxContentIdBytes} bytes.");

        var request = new WidevineKeyRequest
        {
            ContentIdBytes = contentId,
            ContentId = NameOf(contentId),
            Tracks = ParseTracks(root),
            Scheme = ParseScheme(root),
        };
        CheckDrmTypes(root);
        return WithPeriods(request, root);
    }

    private static List<TrackType> ParseTracks(JsonElement root)
    {
        var elements = JsonFields.Array(root, "tracks", MaxTracks);
        if (elements is null or { Count: 0 }) throw new WidevineKeyException(WidevineKeyStatus.TrackTypeMissing, "\"tracks\" is missing or empty.");
        var tracks = new List<TrackType>();
        foreach (var element in elements)
        {
            if (element.ValueKind != JsonValueKind.Object) throw JsonFields.Malformed("An element of \"tracks\" is not an object.");
            var name = JsonFields.Text(element, "type") ?? throw new WidevineKeyException(WidevineKeyStatus.TrackTypeMissing, "A track has no \"type\".");
            if (!TrackTypes.TryParse(name, out var track)) throw new WidevineKeyException(WidevineKeyStatus.TrackTypeUnknown, "A track type is none of AUDIO, SD, HD, UHD1, UHD2.");
            if (!tracks.Contains(track)) tracks.Add(track);
        }

        return tracks;
    }

    private static ProtectionScheme ParseScheme(JsonElement root)
    {
        if (JsonFields.Text(root, "protection_scheme") is not { Length: > 0 } name) return ProtectionScheme.Cenc;
        return ProtectionSchemes.TryParse(name, out var scheme) ? scheme : throw JsonFields.Malformed("\"protection_scheme\" is none of CENC, CBC1, CENS, CBCS.");
    }

    private static void CheckDrmTypes(JsonElement root)
    {
        foreach (var element in JsonFields.Array(root, "drm_types", MaxTracks) ?? [])
            if (element.ValueKind != JsonValueKind.String || !element.ValueEquals("WIDEVINE"))
                throw JsonFields.Malformed("\"drm_types\" holds something else than WIDEVINE; ask for other systems over CPIX.");
    }

    private static WidevineKeyRequest WithPeriods(WidevineKeyRequest request, JsonElement root)
    {
        var first = JsonFields.Number(root, "first_crypto_period_index");
        var count = JsonFields.Number(root, "crypto_period_count");
        var seconds = JsonFields.Number(root, "crypto_period_seconds");
        if (first is null && count is null) return request;
        if (first is null || count is null or 0) throw JsonFields.Malformed("Rotation needs both \"first_crypto_period_index\" and \"crypto_period_count\" above 0.");
        if (count > MaxPeriods) throw JsonFields.Malformed($"\"crypto_period_count\" is above {MaxPeriods}.");
        if (first + count - 1 > uint.MaxValue) throw JsonFields.Malformed("The crypto periods run past 2^32-1.");
        return request with { FirstPeriod = first, PeriodCount = (int)count.Value, PeriodSeconds = (uint?)seconds };
    }

    private static string NameOf(byte[] contentId)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(contentId);
            if (!text.Any(char.IsControl) && !text.StartsWith("0x", StringComparison.Ordinal)) return text;
        }
        catch (DecoderFallbackException)
        {
            // Not text: hex below.
        }

        return "0x" + Convert.ToHexStringLower(contentId);
    }
}
