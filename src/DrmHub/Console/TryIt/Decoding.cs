using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Host.Commands;
using DrmHub.Host.Pages.Words;
using DrmHub.KeyService.Cpix;
using DrmHub.LicenseProxy;

namespace DrmHub.Host.Pages.TryIt;

/// <summary>One part of what was found in a pasted text: names with values, and perhaps rows.</summary>
internal sealed record DecodedPart(string Title, IReadOnlyList<(string Name, string Value)> Facts, string? Raw = null);

/// <summary>What a pasted text is, for a person.</summary>
/// <param name="Kind">"A pssh box", "A CPIX document" …</param>
/// <param name="Problem">What is wrong with it; null where it could be read.</param>
internal sealed record Decoded(string Kind, IReadOnlyList<DecodedPart> Parts, string? Problem = null);

/// <summary>Reads whatever somebody pastes. Key values are never shown: where there are any, the page says that there are.</summary>
internal static class Decoding
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 512 * 1024;

    private const string Unknown = "By its form it is none of: a pssh box, a PlayReady object, Widevine’s pssh data, a CPIX document, a manifest or playlist, a challenge, a token. Is it whole, and base64, hex, XML or JSON?";

    /// <param name="certificate">The FairPlay certificate that this hub publishes, in DER; null where it has none.</param>
    public static async Task<Decoded> ReadAsync(string text, Reader reader, ReadOnlyMemory<byte>? certificate = null)
    {
        text = text.Trim().TrimStart('\uFEFF');
        if (text.Length == 0) return new Decoded("Nothing", [], "Paste something first.");
        if (text.Length > MaxLength) return new Decoded("Too long", [], "At most 512 kB are read here. The command line reads files of any size: drmhub pssh decode, drmhub cpix show.");
        try
        {
            if (LooksLikeToken(text)) return Token(text, reader);
            if (text.StartsWith('<') && text.Contains("CPIX", StringComparison.Ordinal)) return await CpixAsync(text);
            if (ChallengeReading.TryRead(text, reader, certificate) is { } challenge) return challenge;
            if (PsshInManifest.Matches(text)) return Boxes("A manifest or playlist", [.. PsshInManifest.Read(text).Take(64)]);
            return Boxes("Protection data", PsshInput.ReadText(text));
        }
        catch (Exception exception) when (exception is CencFormatException or CpixException or FormatException or JsonException or ChallengeException)
        {
            return new Decoded("Not readable", [], exception.Message == PsshInput.Expected ? Unknown : exception.Message);
        }
    }

    private static Decoded Boxes(string kind, List<PsshFinding> findings)
    {
        if (findings.Count == 0) return new Decoded(kind, [], "There is no protection data in it.");
        var parts = new List<DecodedPart>();
        foreach (var finding in findings)
        {
            var report = PsshReport.From(finding);
            var facts = new List<(string, string)>();
            Add(facts, "System", report.System ?? report.SystemId?.ToString());
            Add(facts, "System id", report.SystemId?.ToString());
            Add(facts, "Version", report.Version?.ToString(CultureInfo.InvariantCulture));
            Add(facts, "Size", report.Size is { } size ? Numbers.Bytes(size) : null);
            if (report.KeyIds is { Count: > 0 } keyIds) Add(facts, "Key ids", string.Join(", ", keyIds));
            if (report.Problem is { } problem) Add(facts, "Problem", problem);
            var raw = (object?)report.Widevine ?? report.PlayReady;
            parts.Add(new DecodedPart(finding.Path ?? finding.Form, facts, raw is null ? report.DataHex : JsonSerializer.Serialize(raw, PsshReport.Json)));
        }

        return new Decoded(kind, parts);
    }

    private static async Task<Decoded> CpixAsync(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var document = await CpixDocument.LoadAsync(stream);
        var parts = new List<DecodedPart>
        {
            new("Document", Facts(("Content", document.ContentId), ("Id", document.Id), ("Version", document.Version), ("Signatures", document.Signatures.Count > 0 ? $"{document.Signatures.Count}, not verified here" : "none"), ("Recipients", document.DeliveryData.Count > 0 ? Numbers.Count(document.DeliveryData.Count) : null))),
        };
        foreach (var key in document.ContentKeys)
        {
            parts.Add(new DecodedPart("Key " + key.Kid, Facts(
                ("Scheme", key.CommonEncryptionScheme),
                ("Value", key.HasPlainValue ? "in the clear (not shown)" : key.IsEncrypted ? "encrypted for a recipient" : "asked for"),
                ("IV", key.ExplicitIV is { } iv ? Convert.ToHexStringLower(iv) : null),
                ("Protects", string.Join(", ", document.UsageRules.Where(rule => rule.Kid == key.Kid).Select(rule => rule.IntendedTrackType ?? "filters without a label"))),
                ("Systems", string.Join(", ", document.DrmSystems.Where(system => system.Kid == key.Kid).Select(system => system.System is { } known ? Names.System(known) : system.SystemId.ToString()))))));
        }

        foreach (var period in document.Periods) parts.Add(new DecodedPart("Period " + (period.Id ?? period.Index?.ToString(CultureInfo.InvariantCulture) ?? "-"), Facts(("Label", period.Label), ("Index", period.Index?.ToString(CultureInfo.InvariantCulture)))));
        var problems = document.Validate();
        if (problems.Count > 0) parts.Add(new DecodedPart("What is wrong with it", [.. problems.Take(20).Select(problem => (problem.Where, $"{problem.Message} ({problem.Code})"))]));
        return new Decoded("A CPIX document", parts);
    }

    /// <summary>Header and claims. The third part is neither needed nor looked at; the page’s script does not even send it.</summary>
    private static Decoded Token(string text, Reader reader)
    {
        var parts = text.Split('.');
        var claims = Json(parts[1]);
        var facts = new List<(string, string)>();
        foreach (var member in claims.EnumerateObject())
        {
            var value = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
            if (member.Name is "exp" or "nbf" or "iat" && member.Value.TryGetInt64(out var seconds) && seconds is > 0 and < 253_402_300_799)
            {
                var at = DateTimeOffset.FromUnixTimeSeconds(seconds);
                value = $"{reader.Full(at)} · {reader.Ago(at)}";
            }

            facts.Add((member.Name + Meaning(member.Name), value));
        }

        return new Decoded("A token", [
            new DecodedPart("Claims", facts),
            new DecodedPart("Header", [.. Json(parts[0]).EnumerateObject().Select(member => (member.Name, member.Value.ToString()))]),
            new DecodedPart("Signature", [("Checked", "no: whether the hub accepts it shows when a player brings it")]),
        ]);
    }

    private static string Meaning(string claim) => claim switch
    {
        "sub" => ", the subscriber",
        "exp" => ", ends",
        "nbf" => ", begins",
        "iat" => ", made",
        "iss" => ", by",
        "aud" => ", for",
        "did" => ", the device",
        "cty" => ", the country",
        "max" => ", the highest picture",
        "jti" => ", the token’s own id",
        "sid" => ", the session",
        _ => "",
    };

    private static bool LooksLikeToken(string text)
    {
        if (text.Length > 16 * 1024 || !text.StartsWith("eyJ", StringComparison.Ordinal)) return false;
        var dots = text.Count(c => c == '.');
        return dots is 1 or 2 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
    }

    private static JsonElement Json(string part)
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(part));
            return json.ValueKind == JsonValueKind.Object ? json : throw new FormatException("This part of the token is no JSON object.");
        }
        catch (JsonException)
        {
            throw new FormatException("It looks like a token, but a part of it is no JSON.");
        }
    }

    private static List<(string, string)> Facts(params (string Name, string? Value)[] facts) => [.. facts.Where(fact => !string.IsNullOrEmpty(fact.Value)).Select(fact => (fact.Name, fact.Value!))];

    private static void Add(List<(string, string)> facts, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) facts.Add((name, value));
    }
}
