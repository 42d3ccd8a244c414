using System.Security.Cryptography;
using DrmHub.Cenc;

namespace DrmHub.Vault.Audit.Encoding;

/// <summary>The facts that the log adds to an entry: 16 random bytes, Unix milliseconds, the node's name.</summary>
internal readonly record struct Stamp(byte[] Id, long At, string Node);

/// <summary>What goes into the log, and the sealed details that lie beside it.</summary>
internal readonly record struct EncodedEntry(byte[] Leaf, byte[] Sealed);

/// <summary>
/// Version 1 of the canonical encoding: one JSON object with the members below in ordinal order, absent where there is
/// nothing to say. A later version gets a new number in <c>v</c> and its own writer; this one stays.
/// </summary>
internal static class Leaf
{
    public const int Version = 1;

    /// <summary>An entry bundle gives 16 bits for a length (C2SP tlog-tiles); so does the log.</summary>
    public const int MaxBytes = 65_535;

    [ThreadStatic]
    private static CanonicalWriter? t_writer;

    // Above this the entry is written again with tighter limits, which always fit: no input keeps an event out of the log.
    private const int Roomy = 32_768;

    private readonly record struct Limits(int Text, int Items);

    private static readonly Limits s_usual = new(AuditEntry.MaxText, AuditEntry.MaxItems);
    private static readonly Limits s_tight = new(64, 16);

    /// <summary>Without a key (an entry that names nobody) nothing is sealed and there is no pseudonym.</summary>
    public static EncodedEntry Encode(AuditEntry entry, Stamp stamp, SubjectKey? key)
    {
        var encoded = Encode(entry, stamp, key, s_usual);
        return encoded.Leaf.Length <= Roomy && encoded.Sealed.Length <= Roomy ? encoded : Encode(entry, stamp, key, s_tight);
    }

    private static EncodedEntry Encode(AuditEntry entry, Stamp stamp, SubjectKey? key, Limits limits)
    {
        var writer = t_writer ??= new CanonicalWriter();
        var cut = IsCut(entry, limits);
        var pseudonym = entry.Subject is null || key is null ? null : Convert.ToHexStringLower(key.Pseudonym);
        var device = pseudonym is null || entry.DeviceId is null ? null : Convert.ToHexStringLower(key!.DevicePseudonym(entry.DeviceId));
        Write(writer, entry, stamp, pseudonym, device, cut, limits, null, null);
        var bare = writer.Written.ToArray();
        if (key is null || !HasPersonal(entry)) return new EncodedEntry(bare, []);

        WritePersonal(writer, entry, limits);
        var detail = PersonalSeal.Seal(key, stamp.Id, writer.Written, bare, out var commitment);
        Write(writer, entry, stamp, pseudonym, device, cut, limits, commitment, SHA256.HashData(detail));
        return new EncodedEntry(writer.Written.ToArray(), detail);
    }

    /// <summary>What the details were sealed with: the leaf before their digest was put in. The member has a fixed form, and quotes inside values are escaped.</summary>
    public static byte[] WithoutPersonal(ReadOnlySpan<byte> leaf)
    {
        var start = leaf.IndexOf(",\"personal\":{\"commitment\":\""u8);
        if (start < 0) return leaf.ToArray();
        var length = leaf[start..].IndexOf((byte)'}') + 1;
        return [.. leaf[..start], .. leaf[(start + length)..]];
    }

    public static bool HasPersonal(AuditEntry entry) =>
        entry.Subject is not null || entry.Address is not null || entry.DeviceId is not null || entry.Personal.Count > 0;

    private static void Write(CanonicalWriter w, AuditEntry e, Stamp stamp, string? pseudonym, string? device, bool cut, Limits limits, byte[]? commitment, byte[]? digest)
    {
        w.Clear();
        w.BeginObject();
        w.Member("actor", Cut(e.Actor, limits));
        w.Name("at");
        w.Integer(stamp.At);
        w.Member("content", Cut(e.ContentId, limits));
        w.Member("country", Cut(e.Country, limits));
        if (cut)
        {
            w.Name("cut");
            w.Boolean(true);
        }

        w.Member("deal", Cut(e.Deal, limits));
        if (e.Details.Count > 0)
        {
            w.Name("details");
            Map(w, e.Details, limits);
        }

        w.Member("device", device);
        w.Member("id", Convert.ToHexStringLower(stamp.Id));
        if (e.Keys.Count > 0) Keys(w, e.Keys, limits);
        w.Member("kind", e.Kind.ToName());
        w.Member("level", Cut(e.SecurityLevel, limits));
        w.Member("model", Cut(e.DeviceModel, limits));
        w.Member("node", stamp.Node);
        if (commitment is not null)
        {
            w.Name("personal");
            w.BeginObject();
            w.Member("commitment", Convert.ToHexStringLower(commitment));
            w.Member("sha256", Convert.ToHexStringLower(digest!));
            w.EndObject();
        }

        w.Member("policy", Cut(e.PolicyHash, limits));
        w.Member("reason", Cut(e.ReasonCode, limits));
        w.Member("request", Cut(e.RequestId, limits));
        w.Member("revocation", Cut(e.RevocationList, limits));
        w.Member("role", Cut(e.ActorRole, limits));
        w.Member("subject", pseudonym);
        w.Member("system", e.System is { } system ? SystemName(system) : null);
        if (e.Trace.Count > 0)
        {
            w.Name("trace");
            w.BeginArray();
            foreach (var rule in e.Trace.Take(limits.Items)) w.Text(Cut(rule, limits)!);
            w.EndArray();
        }

        w.Member("upstream", Cut(e.Upstream, limits));
        w.Name("v");
        w.Integer(Version);
        w.EndObject();
    }

    private static void Keys(CanonicalWriter w, IReadOnlyList<AuditKey> keys, Limits limits)
    {
        w.Name("keys");
        w.BeginArray();
        foreach (var key in keys.Take(limits.Items))
        {
            w.BeginObject();
            w.Name("granted");
            w.Boolean(key.Granted);
            w.Member("kid", key.KeyId.ToHex());
            w.Member("track", Cut(key.Track, limits));
            w.Member("withheld", Cut(key.Withheld, limits));
            w.EndObject();
        }

        w.EndArray();
    }

    private static void WritePersonal(CanonicalWriter w, AuditEntry e, Limits limits)
    {
        w.Clear();
        w.BeginObject();
        w.Member("address", Cut(e.Address, limits));
        w.Member("device", Cut(e.DeviceId, limits));
        if (e.Personal.Count > 0)
        {
            w.Name("more");
            Map(w, e.Personal, limits);
        }

        w.Member("subject", Cut(e.Subject, limits));
        w.EndObject();
    }

    private static void Map(CanonicalWriter w, IReadOnlyDictionary<string, string> map, Limits limits)
    {
        w.BeginObject();
        string? last = null;
        var members = new (string Name, string Value)[Math.Min(map.Count, limits.Items)];
        var count = 0;
        foreach (var (name, value) in map)
        {
            if (count == members.Length) break;
            members[count++] = (Cut(name, limits)!, value);
        }

        // Not stable, but the same each time: of names that became equal when they were cut, one stays.
        Array.Sort(members, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        foreach (var (name, value) in members)
        {
            if (name == last) continue;
            w.Member(name, Cut(value, limits));
            last = name;
        }

        w.EndObject();
    }

    public static string SystemName(DrmSystem system) => system switch
    {
        DrmSystem.Widevine => "widevine",
        DrmSystem.PlayReady => "playready",
        DrmSystem.FairPlay => "fairplay",
        DrmSystem.ClearKey => "clearkey",
        DrmSystem.Aes128 => "aes128",
        _ => throw new ArgumentOutOfRangeException(nameof(system)),
    };

    public static DrmSystem? SystemFromName(string? name) => name switch
    {
        "widevine" => DrmSystem.Widevine,
        "playready" => DrmSystem.PlayReady,
        "fairplay" => DrmSystem.FairPlay,
        "clearkey" => DrmSystem.ClearKey,
        "aes128" => DrmSystem.Aes128,
        _ => null,
    };

    private static string? Cut(string? value, Limits limits)
    {
        if (value is null || value.Length <= limits.Text) return value;
        return value[..(char.IsHighSurrogate(value[limits.Text - 1]) ? limits.Text - 1 : limits.Text)];
    }

    private static bool IsCut(AuditEntry e, Limits limits)
    {
        return Long(e.Actor) || Long(e.ActorRole) || Long(e.ContentId) || Long(e.Deal) || Long(e.SecurityLevel) || Long(e.DeviceModel) || Long(e.RevocationList)
            || Long(e.Country) || Long(e.ReasonCode) || Long(e.PolicyHash) || Long(e.Upstream) || Long(e.RequestId) || Long(e.Address) || Long(e.DeviceId) || Long(e.Subject)
            || e.Keys.Count > limits.Items || e.Trace.Count > limits.Items || e.Details.Count > limits.Items || e.Personal.Count > limits.Items
            || AnyKey(e.Keys) || AnyRule(e.Trace) || AnyFact(e.Details) || AnyFact(e.Personal);

        bool AnyKey(IReadOnlyList<AuditKey> keys)
        {
            for (var i = 0; i < keys.Count; i++)
                if (Long(keys[i].Track) || Long(keys[i].Withheld)) return true;
            return false;
        }

        bool AnyRule(IReadOnlyList<string> trace)
        {
            for (var i = 0; i < trace.Count; i++)
                if (Long(trace[i])) return true;
            return false;
        }

        bool AnyFact(IReadOnlyDictionary<string, string> facts)
        {
            if (facts.Count == 0) return false;
            foreach (var (name, value) in facts)
                if (Long(name) || Long(value)) return true;
            return false;
        }

        bool Long(string? value) => value is not null && value.Length > limits.Text;
    }
}
