using System.Buffers.Binary;
using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Wire;

namespace DrmHub.Sandbox.LicenseServices.PlayReady;

/// <summary>One licence that the caller's policy asks for.</summary>
internal sealed record PlayReadyPolicy
{
    /// <summary>The public test key seed, which keys come from where the policy gives none.</summary>
    private static readonly byte[] TestKeySeed = Convert.FromBase64String("XVBovsmzhP9gRIZxWfFta3VVRPzVEWmJsazEJ46I");

    private static readonly string[] DateForms = ["yyyyMMdd", "yyyyMMddHHmmss"];
    private static readonly int[] Levels = [150, 2000, 3000];

    public required KeyId KeyId { get; init; }

    public required byte[] Key { get; init; }

    public string ContentKeyType { get; init; } = "aes128bitctr";

    public PlayReadyRules Rules { get; init; } = new();

    public string? TransactionId { get; init; }

    /// <summary>What a policy without a word means: a licence for the header's only key, from the test key seed.</summary>
    public static IReadOnlyList<PlayReadyPolicy> Default(IReadOnlyList<KeyId> header) => [.. header.Select(keyId => Read([("kid", keyId.ToString())], header))];

    /// <exception cref="SandboxException">Names that do not exist, values out of range, or key ids that the header does not have.</exception>
    public static IReadOnlyList<PlayReadyPolicy> Parse(string text, IReadOnlyList<KeyId> header)
    {
        var policies = PolicySyntax.Parse(text).Select(group => Read(group, header)).ToList();
        return policies.DistinctBy(policy => policy.KeyId).Count() == policies.Count ? policies : throw PolicySyntax.Wrong("a key id has two groups");
    }

    private static PlayReadyPolicy Read(IReadOnlyList<(string Name, string Value)> group, IReadOnlyList<KeyId> header)
    {
        var rules = new PlayReadyRules();
        KeyId? keyId = null;
        byte[]? key = null;
        var seed = TestKeySeed;
        var (type, transaction) = ("aes128bitctr", (string?)null);
        foreach (var (name, value) in group)
        {
            switch (name)
            {
                case "kid": keyId = value == "header" ? null : ReadKeyId(value); break;
                case "contentkey": key = Base64(value, ContentKey.Size); break;
                case "keyseed": seed = Base64(value, PlayReadyKeySeed.Size); break;
                case "ckt": type = value is "aes128bitctr" or "aes128bitcbc" ? value : throw PolicySyntax.Wrong("ckt is unknown"); break;
                case "tid": transaction = Guid.TryParse(value, out _) ? value : throw PolicySyntax.Wrong("tid is no GUID"); break;
                default: rules = ReadRule(rules, name, value); break;
            }
        }

        var id = keyId ?? (header is [var only] ? only : throw PolicySyntax.Wrong("kid:header needs a header with one key id"));
        if (!header.Contains(id)) throw PolicySyntax.Wrong("a key id is not in the header");
        if (rules.EndMs is not null && rules.BeginMs is null) throw PolicySyntax.Wrong("an end date needs a begin date");
        if (rules.EndMs <= rules.BeginMs) throw PolicySyntax.Wrong("the end date is not after the begin date");
        if (key is null)
        {
            using var derived = PlayReadyKeySeed.DeriveKey(seed, id);
            key = derived.Bytes.ToArray();
        }

        return new PlayReadyPolicy { KeyId = id, Key = key, ContentKeyType = type, Rules = rules, TransactionId = transaction };
    }

    private static PlayReadyRules ReadRule(PlayReadyRules rules, string name, string value) => name switch
    {
        "sl" => rules with { MinimumLevel = Number(value, 3000) is var level && Levels.Contains(level) ? level : throw PolicySyntax.Wrong("sl is none of 150, 2000, 3000") },
        "playright" => rules with { Play = Flag(value) },
        "persist" => rules with { Persist = Flag(value) },
        "begindate" => rules with { BeginMs = Date(value) },
        "enddate" or "expiration" => rules with { EndMs = Date(value) },
        "firstexp" or "firstplayexpiration" => rules with { FirstPlaySeconds = Number(value, int.MaxValue) },
        "realtime" => rules with { RealTime = Flag(value) },
        "ucvopl" => rules with { UncompressedVideo = Number(value, 1000) },
        "caopl" or "ucaopl" or "cvopl" or "avopl" when Number(value, 1000) >= 0 => rules,
        "dvop" => ReadOutput(rules, value),
        "daop" or "avop" when Output(value).Id != Guid.Empty => rules,
        "maxres" => rules with { MaxHeight = Resolution(value) },
        "playenablers" when PolicySyntax.List(value).All(id => Guid.TryParse(id, out _)) => rules,
        "allowunknownsd" or "allowunknownhd" when IsFlag(value) => rules,
        "removaldate" when Date(value) > 0 => rules,
        "sourceid" when Number(value, int.MaxValue) >= 0 => rules,
        _ => throw PolicySyntax.Wrong($"{(name.All(char.IsAsciiLetterOrDigit) ? name : "a name")} is not served, or its value is wrong"),
    };

    private static PlayReadyRules ReadOutput(PlayReadyRules rules, string value)
    {
        var (id, data) = Output(value);
        if (id == PlayReadyNames.HdcpType1) return rules with { HdcpType1 = data.AsSpan().SequenceEqual<byte>([0, 0, 0, 1]) ? true : throw PolicySyntax.Wrong("HDCP type 1 has the data 00000001") };
        if (id == PlayReadyNames.MaxResolution) return rules with { MaxHeight = data.Length == 8 ? BinaryPrimitives.ReadInt32BigEndian(data) : throw PolicySyntax.Wrong("a largest resolution has 8 bytes") };
        return rules;
    }

    private static (Guid Id, byte[] Data) Output(string value)
    {
        var parts = PolicySyntax.Nested(value);
        if (parts.Any(part => part.Name is not ("guid" or "data")) || !Guid.TryParse(parts.FirstOrDefault(part => part.Name == "guid").Value, out var id)) throw PolicySyntax.Wrong("an output protection is not (guid:…,data:…)");
        return (id, parts.FirstOrDefault(part => part.Name == "data").Value is { } data ? Base64(data, null) : []);
    }

    private static KeyId ReadKeyId(string value) =>
        KeyId.TryParse(value.Trim('{', '}'), out var keyId) ? keyId : KeyId.FromPlayReadyBytes(Base64(value, KeyId.Size));

    private static byte[] Base64(string value, int? size)
    {
        var bytes = new byte[value.Length];
        if (!Convert.TryFromBase64String(value, bytes, out var length) || (size is { } exact && exact != length)) throw PolicySyntax.Wrong("a value is no base64 of the right length");
        return bytes[..length];
    }

    private static int Number(string value, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : throw PolicySyntax.Wrong("a number is out of range");

    private static bool IsFlag(string value) => value is "true" or "false";

    private static bool Flag(string value) => value switch { "true" => true, "false" => false, _ => throw PolicySyntax.Wrong("a flag is neither true nor false") };

    private static long Date(string value) =>
        DateTimeOffset.TryParseExact(value, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date.ToUnixTimeMilliseconds() : throw PolicySyntax.Wrong("a date is not yyyymmdd or yyyymmddhhmmss");

    private static int Resolution(string value)
    {
        var parts = value.Split('x');
        return parts.Length == 2 && Number(parts[0], 100_000) > 0 ? Number(parts[1], 100_000) : throw PolicySyntax.Wrong("maxres is not WIDTHxHEIGHT");
    }
}
