using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>The inner message of a Widevine key request, checked. It names its content in one of three ways.</summary>
internal sealed record WidevineKeyRequest
{
    /// <summary>A packager asks for ten periods at a time; a hundred tracks and periods together are far beyond any.</summary>
    private const int MaxTracks = 16;
    private const int MaxPeriods = 128;
    private const int MaxContentIdBytes = 256;
    private const int MaxGroupIdBytes = 64;
    private const int MaxNameBytes = 64;
    private const int MaxPsshBytes = 16 * 1024;

    /// <summary>The content that keys are made for: <c>content_id</c>, or the group of <c>group_id</c>. Null where existing keys are looked up.</summary>
    public string? ContentId { get; private init; }

    /// <summary><c>pssh_data</c>: the keys that it names, or those of its content id. Nothing is made.</summary>
    public WidevinePsshData? Pssh { get; private init; }

    /// <summary><c>asset_id</c>: the number that older systems name a content by; here its decimal digits are the content id.</summary>
    public uint? AssetId { get; private init; }

    public byte[]? GroupId { get; private init; }

    /// <summary><c>content_id</c> as it was sent, which the answer repeats; null where existing keys are looked up.</summary>
    public byte[]? SentContentId { get; private init; }

    /// <summary>Goes into the pssh, where the licence service reads it. Null for none.</summary>
    public string? Policy { get; private init; }

    /// <summary>For example HDR: video has keys of its own for it. Goes into the pssh.</summary>
    public string? VideoFeature { get; private init; }

    /// <summary><c>enable_entitlement_license</c>: the pssh carries the keys too, wrapped under the entitlement keys of the content's tracks.</summary>
    public bool WithEntitlement { get; private init; }

    /// <summary>Empty means all, where existing keys are looked up.</summary>
    public IReadOnlyList<TrackType> Tracks { get; private init; } = [];

    /// <summary>Null where the request does not say: then cenc for new keys, and any for those that exist.</summary>
    public ProtectionScheme? Scheme { get; private init; }

    /// <summary>Null where keys are not rotated.</summary>
    public long? FirstPeriod { get; private init; }

    public int PeriodCount { get; private init; }

    public uint? PeriodSeconds { get; private init; }

    /// <exception cref="WidevineKeyException">With the API's status for what is wrong.</exception>
    public static WidevineKeyRequest Parse(ReadOnlyMemory<byte> message)
    {
        using var document = WidevineEnvelope.ParseJson(message, "\"request\"");
        var root = document.RootElement;
        var request = ParseContent(root);
        request = request with
        {
            Tracks = ParseTracks(root, request),
            Scheme = ParseScheme(root),
            Policy = Name(root, "policy"),
            VideoFeature = Name(root, "video_feature"),
            WithEntitlement = JsonFields.Flag(root, "enable_entitlement_license"),
        };
        request = WithPeriods(request, root);
        CheckDrmTypes(root, request.FirstPeriod is not null);
        return request;
    }

    private static WidevineKeyRequest ParseContent(JsonElement root)
    {
        var contentId = Bytes(root, "content_id", MaxContentIdBytes);
        var groupId = Bytes(root, "group_id", MaxGroupIdBytes);
        var pssh = Bytes(root, "pssh_data", MaxPsshBytes);
        var asset = JsonFields.Number(root, "asset_id");
        var specifiers = (contentId is null ? 0 : 1) + (pssh is null ? 0 : 1) + (asset is null ? 0 : 1);
        if (specifiers > 1) throw new WidevineKeyException(WidevineKeyStatus.TooManyContentSpecifiers, "A request has one of \"content_id\", \"pssh_data\" and \"asset_id\".");
        if (specifiers == 0) throw new WidevineKeyException(WidevineKeyStatus.ContentIdMissing, "\"content_id\" is missing: the content id as base64. (\"pssh_data\" or \"asset_id\" may stand in its place.)");
        if (contentId is null && groupId is not null) throw JsonFields.Malformed("\"group_id\" goes with \"content_id\" alone.");
        return new WidevineKeyRequest
        {
            ContentId = groupId is not null ? WidevineContentNames.NameOfGroup(groupId) : contentId is null ? null : WidevineContentNames.NameOf(contentId),
            GroupId = groupId,
            SentContentId = contentId,
            Pssh = pssh is null ? null : ParsePssh(pssh),
            AssetId = (uint?)asset,
        };
    }

    /// <summary>Packagers send the data of the box; a whole box is taken too.</summary>
    private static WidevinePsshData ParsePssh(byte[] bytes)
    {
        var data = bytes.AsSpan();
        if (PsshBox.TryParse(bytes, out var box))
        {
            if (box.SystemId != DrmSystemIds.Widevine) throw new WidevineKeyException(WidevineKeyStatus.InvalidWidevinePssh, "\"pssh_data\" is a pssh box of another system.");
            data = box.Data.ToArray();
        }

        if (!WidevinePsshData.TryParse(data, out var pssh) || pssh.ContentKeyIds is not { Count: <= MaxPeriods } keyIds || (keyIds.Count == 0 && pssh.ContentId.IsEmpty))
            throw new WidevineKeyException(WidevineKeyStatus.InvalidWidevinePssh, $"\"pssh_data\" is not Widevine pssh data with up to {MaxPeriods} key ids or a content id.");
        return pssh;
    }

    private static List<TrackType> ParseTracks(JsonElement root, WidevineKeyRequest request)
    {
        var elements = JsonFields.Array(root, "tracks", MaxTracks);
        if (elements is null or { Count: 0 })
            return request.ContentId is null ? [] : throw new WidevineKeyException(WidevineKeyStatus.TrackTypeMissing, "\"tracks\" is missing or empty.");
        var tracks = new List<TrackType>();
        foreach (var element in elements)
        {
            if (element.ValueKind != JsonValueKind.Object) throw JsonFields.Malformed("An element of \"tracks\" is not an object.");
            var name = JsonFields.Text(element, "type") ?? throw new WidevineKeyException(WidevineKeyStatus.TrackTypeMissing, "A track has no \"type\".");
            if (!TrackTypes.TryParse(name, out var track))
                throw new WidevineKeyException(request.GroupId is null ? WidevineKeyStatus.TrackTypeUnknown : WidevineKeyStatus.InvalidGroupTrackType, "A track type is none of AUDIO, SD, HD, UHD1, UHD2.");
            if (!tracks.Contains(track)) tracks.Add(track);
        }

        return tracks;
    }

    /// <summary>By name, or as the four-character code's number, which protocol buffers' JSON takes for an enumeration too.</summary>
    private static ProtectionScheme? ParseScheme(JsonElement root)
    {
        const string Message = "\"protection_scheme\" is none of CENC, CBC1, CENS, CBCS.";
        if (root.TryGetProperty("protection_scheme", out var value) && value.ValueKind == JsonValueKind.Number)
        {
            if (!value.TryGetInt32(out var number)) throw JsonFields.Malformed(Message);
            return number == 0 ? null : Enum.IsDefined((ProtectionScheme)number) ? (ProtectionScheme)number : throw JsonFields.Malformed(Message);
        }

        if (JsonFields.Text(root, "protection_scheme") is not { Length: > 0 } name || name == "UNSPECIFIED") return null;
        return ProtectionSchemes.TryParse(name, out var scheme) ? scheme : throw JsonFields.Malformed(Message);
    }

    private static void CheckDrmTypes(JsonElement root, bool isRotated)
    {
        foreach (var element in JsonFields.Array(root, "drm_types", MaxTracks) ?? [])
        {
            if (element.ValueKind == JsonValueKind.String && element.ValueEquals("WIDEVINE")) continue;
            const string Message = "\"drm_types\" holds something else than WIDEVINE; ask for other systems over CPIX.";
            throw isRotated ? new WidevineKeyException(WidevineKeyStatus.KeyRotationWithUnsupportedDrmType, Message) : JsonFields.Malformed(Message);
        }
    }

    private static WidevineKeyRequest WithPeriods(WidevineKeyRequest request, JsonElement root)
    {
        var first = JsonFields.Number(root, "first_crypto_period_index");
        var count = JsonFields.Number(root, "crypto_period_count");
        var seconds = JsonFields.Number(root, "crypto_period_seconds");
        if (first is null && count is null) return request;
        if (count == 0) throw new WidevineKeyException(WidevineKeyStatus.NoRequestedCryptoPeriods, "\"crypto_period_count\" is 0.");
        if (first is null) throw JsonFields.Malformed("\"crypto_period_count\" needs \"first_crypto_period_index\".");
        count ??= 1;
        if (count > MaxPeriods) throw JsonFields.Malformed($"\"crypto_period_count\" is above {MaxPeriods}.");
        if (first + count - 1 > uint.MaxValue) throw JsonFields.Malformed("The crypto periods run past 2^32-1.");
        return request with { FirstPeriod = first, PeriodCount = (int)count.Value, PeriodSeconds = (uint?)seconds };
    }

    /// <summary>Null where the field is absent or empty, as some packagers write "none".</summary>
    private static byte[]? Bytes(JsonElement root, string name, int limit)
    {
        var bytes = JsonFields.Base64(root, name);
        if (bytes?.Length > limit) throw JsonFields.Malformed($"\"{name}\" has more than {limit} bytes.");
        return bytes is { Length: > 0 } ? bytes : null;
    }

    private static string? Name(JsonElement root, string name)
    {
        var text = JsonFields.Text(root, name);
        if (string.IsNullOrEmpty(text)) return null;
        if (Encoding.UTF8.GetByteCount(text) > MaxNameBytes || text.Any(char.IsControl)) throw JsonFields.Malformed($"\"{name}\" is not a name of up to {MaxNameBytes} bytes.");
        return text;
    }
}
