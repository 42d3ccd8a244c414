using System.Buffers.Text;
using System.CommandLine;
using System.Globalization;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub pssh build</c>: makes a pssh box, or the manifest lines that carry it.</summary>
internal static class PsshBuildCommand
{
    private static readonly string[] Forms = ["base64", "base64url", "hex", "data", "dash", "hls", "hls-session"];

    public static Command Create()
    {
        var system = new Option<string>("--system") { Description = "widevine, playready, fairplay, clearkey (in a box: common), common, or the id of any other system as a GUID", Required = true };
        var kids = new Option<string[]>("--kid") { Description = "A key id, 32 hex digits or a GUID; may be repeated", DefaultValueFactory = _ => [] };
        var keys = new Option<string[]>("--key") { Description = "KID:KEY in hex, in place of --kid: gives PlayReady's header its checksum; may be repeated", DefaultValueFactory = _ => [] };
        var scheme = new Option<string?>("--scheme") { Description = "cenc, cbc1, cens or cbcs (default for PlayReady, dash and hls: cenc)" };
        var contentId = new Option<string?>("--content-id") { Description = "Widevine: the content id as text" };
        var contentIdHex = new Option<string?>("--content-id-hex") { Description = "Widevine: the content id as hex" };
        var provider = new Option<string?>("--provider") { Description = "Widevine: the provider" };
        var periodIndex = new Option<uint?>("--period-index") { Description = "Widevine: index of the crypto period" };
        var periodSeconds = new Option<uint?>("--period-seconds") { Description = "Widevine: length of a crypto period in seconds" };
        var licenseUrl = new Option<string?>("--license-url") { Description = "PlayReady: LA_URL of the header. With --as dash: the licence URL of the manifest" };
        var assetUri = new Option<string?>("--asset-uri") { Description = "FairPlay with --as hls: the URI, skd:// and an asset id" };
        var data = new Option<string?>("--data") { Description = "Other systems: the data as base64" };
        var form = new Option<string>("--as") { Description = "base64, base64url or hex of the box; data (base64 of what is inside: Widevine's message, the PlayReady object); dash (ContentProtection); hls (EXT-X-KEY); hls-session (EXT-X-SESSION-KEY)", DefaultValueFactory = _ => "base64" };
        kids.Validators.Add(KeyArguments.ValidateKeyIds);
        keys.Validators.Add(KeyArguments.ValidateKeys);
        Check(system, text => SystemId(text) is not null, "is widevine, playready, fairplay, clearkey, common or a GUID");
        Check(scheme, text => ProtectionSchemes.TryParse(text, out _), "is cenc, cbc1, cens or cbcs");
        Check(form, Forms.Contains, "is one of " + string.Join(", ", Forms));
        Check(contentIdHex, text => text.Length > 0 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit), "is an even number of hex digits");
        Check(data, text => Base64.IsValid(text), "is base64");
        var command = new Command("build", "Make a pssh box, or the manifest lines that carry it")
        {
            system, kids, keys, scheme, contentId, contentIdHex, provider, periodIndex, periodSeconds, licenseUrl, assetUri, data, form,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(contentId) is not null && result.GetResult(contentIdHex) is not null) result.AddError("Give --content-id or --content-id-hex, not both.");
        });
        command.SetAction(parsed => Failures.Guard(() =>
        {
            var named = Keys(parsed.GetValue(kids) ?? [], parsed.GetValue(keys) ?? []);
            try
            {
                var hex = parsed.GetValue(contentIdHex);
                var request = new Request(
                    SystemId(parsed.GetRequiredValue(system))!.Value,
                    string.Equals(parsed.GetRequiredValue(system), "clearkey", StringComparison.OrdinalIgnoreCase),
                    named,
                    parsed.GetValue(scheme) is { } text && ProtectionSchemes.TryParse(text, out var value) ? value : null,
                    hex is not null ? Convert.FromHexString(hex) : Encoding.UTF8.GetBytes(parsed.GetValue(contentId) ?? ""),
                    parsed.GetValue(provider),
                    parsed.GetValue(periodIndex),
                    parsed.GetValue(periodSeconds),
                    parsed.GetValue(licenseUrl),
                    parsed.GetValue(assetUri),
                    Convert.FromBase64String(parsed.GetValue(data) ?? ""));
                Console.Out.WriteLine(Render(request, parsed.GetRequiredValue(form)));
                return 0;
            }
            finally
            {
                foreach (var (_, key) in named) key?.Dispose();
            }
        }));
        return command;
    }

    private static string Render(Request request, string form)
    {
        var box = Build(request, out var playReady);
        var scheme = request.Scheme ?? ProtectionScheme.Cenc;
        return form switch
        {
            "base64" => box.ToBase64(),
            "base64url" => Base64Url.EncodeToString(box.ToByteArray()),
            "hex" => Convert.ToHexStringLower(box.ToByteArray()),
            "data" => Convert.ToBase64String(box.Data.Span),
            "dash" => ToDash(request, scheme, box, playReady),
            "hls" => ToHls(request, scheme, box, playReady).ToMediaTag(),
            "hls-session" => ToHls(request, scheme, box, playReady).ToSessionTag(),
            _ => throw new ArgumentException("--as " + form),
        };
    }

    private static PsshBox Build(Request request, out PlayReadyObject? playReady)
    {
        playReady = null;
        if (request.SystemId == DrmSystemIds.Widevine)
        {
            if (request.Keys.Count == 0 && request.ContentId.Length == 0) throw new ArgumentException("Widevine's pssh needs at least one --kid or a --content-id.");
            return PsshBox.ForWidevine(new WidevinePsshData
            {
                KeyIds = request.KeyIds,
                ContentId = request.ContentId,
                Provider = request.Provider,
                Scheme = request.Scheme,
                CryptoPeriodIndex = request.PeriodIndex,
                CryptoPeriodSeconds = request.PeriodSeconds,
            });
        }

        if (request.ContentId.Length > 0 || request.Provider is not null || request.PeriodIndex is not null || request.PeriodSeconds is not null)
        {
            throw new ArgumentException("--content-id, --provider and --period-… are fields of Widevine's pssh alone.");
        }

        if (request.Keys.Count == 0) throw new ArgumentException("At least one --kid is needed.");
        if (request.SystemId == DrmSystemIds.PlayReady)
        {
            var scheme = request.Scheme ?? ProtectionScheme.Cenc;
            playReady = PlayReadyObject.Create(WrmHeader.Create([.. request.Keys.Select(key => WrmKey.ForScheme(key.KeyId, scheme, key.Key))], request.LicenseUrl));
            return playReady.ToPsshBox();
        }

        if (request.SystemId == DrmSystemIds.Common) return PsshBox.ForCommon(request.KeyIds);
        return new PsshBox(request.SystemId, request.KeyIds, request.Data);
    }

    private static string ToDash(Request request, ProtectionScheme scheme, PsshBox box, PlayReadyObject? playReady)
    {
        var keyId = First(request);
        var url = request.LicenseUrl;
        var system = request.SystemId switch
        {
            _ when request.IsClearKey => ContentProtection.ForClearKey(keyId, url ?? throw new ArgumentException("Clear Key in DASH is found by its --license-url.")),
            var id when id == DrmSystemIds.Widevine => ContentProtection.ForWidevine(box, keyId, url),
            var id when id == DrmSystemIds.PlayReady => ContentProtection.ForPlayReady(playReady!, keyId, url),
            var id when id == DrmSystemIds.FairPlay => ContentProtection.ForFairPlay(keyId, url),
            var id when id == DrmSystemIds.Common => ContentProtection.ForCommon(box, keyId),
            _ => throw new ArgumentException("--as dash is for widevine, playready, fairplay, clearkey and common."),
        };
        return ContentProtection.ForScheme(scheme, keyId).ToXml() + Environment.NewLine + system.ToXml();
    }

    private static HlsKeyTag ToHls(Request request, ProtectionScheme scheme, PsshBox box, PlayReadyObject? playReady) => request.SystemId switch
    {
        var id when id == DrmSystemIds.Widevine => HlsKeyTag.ForWidevine(scheme, First(request), box),
        var id when id == DrmSystemIds.PlayReady => HlsKeyTag.ForPlayReady(scheme, playReady!),
        var id when id == DrmSystemIds.FairPlay && scheme != ProtectionScheme.Cbcs => throw new ArgumentException("FairPlay is for --scheme cbcs."),
        var id when id == DrmSystemIds.FairPlay => HlsKeyTag.ForFairPlay(request.AssetUri ?? throw new ArgumentException("FairPlay in HLS is found by its --asset-uri.")),
        var id when id == DrmSystemIds.Common => HlsKeyTag.ForClearKey(scheme, First(request)),
        _ => throw new ArgumentException("--as hls is for widevine, playready, fairplay, clearkey and common."),
    };

    private static KeyId First(Request request) =>
        request.Keys.Count > 0 ? request.Keys[0].KeyId : throw new ArgumentException("A manifest names a key: at least one --kid is needed.");

    private static List<(KeyId KeyId, ContentKey? Key)> Keys(string[] kids, string[] keys)
    {
        var named = kids.Select(kid => (KeyId.Parse(kid), (ContentKey?)null)).ToList();
        foreach (var key in keys.Select(KeyArguments.Parse)) named.Add((key.KeyId, key.Key));
        return named;
    }

    private static Guid? SystemId(string text) => text.ToUpperInvariant() switch
    {
        "WIDEVINE" => DrmSystemIds.Widevine,
        "PLAYREADY" => DrmSystemIds.PlayReady,
        "COMMON" or "CLEARKEY" => DrmSystemIds.Common,
        "FAIRPLAY" => DrmSystemIds.FairPlay,
        _ => Guid.TryParse(text, CultureInfo.InvariantCulture, out var id) ? id : null,
    };

    private static void Check(Option option, Func<string, bool> valid, string form) => option.Validators.Add(result =>
    {
        if (result.Tokens.Any(token => !valid(token.Value))) result.AddError($"{option.Name} {form}.");
    });

    private sealed record Request(
        Guid SystemId,
        bool IsClearKey,
        IReadOnlyList<(KeyId KeyId, ContentKey? Key)> Keys,
        ProtectionScheme? Scheme,
        byte[] ContentId,
        string? Provider,
        uint? PeriodIndex,
        uint? PeriodSeconds,
        string? LicenseUrl,
        string? AssetUri,
        byte[] Data)
    {
        public KeyId[] KeyIds => [.. Keys.Select(key => key.KeyId)];
    }
}
