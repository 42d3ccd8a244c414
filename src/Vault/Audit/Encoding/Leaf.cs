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

    [ThreadStatic]
    private static CanonicalWriter? t_personal;

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
        var place = Write(writer, entry, stamp, key, IsCut(entry, limits), limits);
        if (key is null || !HasPersonal(entry)) return new EncodedEntry(writer.Written.ToArray(), []);

        var personal = t_personal ??= new CanonicalWriter();
        WritePersonal(personal, entry, limits);
        var detail = PersonalSeal.Seal(key, stamp.Id, personal.Written, writer.Written, out var commitment);

        // The digest of the details goes into the leaf that they were sealed with.
        personal.Clear();
        personal.BeginObject();
        personal.Name("personal"u8);
        personal.BeginObject();
        personal.Hex("commitment"u8, commitment);
        personal.Hex("sha256"u8, SHA256.HashData(detail));
        personal.EndObject();
        return new EncodedEntry([.. writer.Written[..place], (byte)',', .. personal.Written[1..], .. writer.Written[place..]], detail);
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

    /// <returns>Where the member <c>personal</c> belongs.</returns>
    private static int Write(CanonicalWriter w, AuditEntry e, Stamp stamp, SubjectKey? key, bool cut, Limits limits)
    {
        var subject = e.Subject is null ? null : key;
        w.Clear();
        w.BeginObject();
        w.Member("actor"u8, Cut(e.Actor, limits));
        w.Name("at"u8);
        w.Integer(stamp.At);
        w.Member("content"u8, Cut(e.ContentId, limits));
        w.Member("country"u8, Cut(e.Country, limits));
        if (cut)
        {
            w.Name("cut"u8);
            w.Boolean(true);
        }

        w.Member("deal"u8, Cut(e.Deal, limits));
        if (e.Details.Count > 0)
        {
            w.Name("details"u8);
            Map(w, e.Details, limits);
        }

        if (subject is not null && e.DeviceId is not null) w.Hex("device"u8, subject.DevicePseudonym(e.DeviceId));
        w.Hex("id"u8, stamp.Id);
        if (e.Keys.Count > 0) Keys(w, e.Keys, limits);
        w.Member("kind"u8, e.Kind.ToName());
        w.Member("level"u8, Cut(e.SecurityLevel, limits));
        w.Member("model"u8, Cut(e.DeviceModel, limits));
        w.Member("node"u8, stamp.Node);
        var place = w.Length;
        w.Member("policy"u8, Cut(e.PolicyHash, limits));
        w.Member("reason"u8, Cut(e.ReasonCode, limits));
        w.Member("request"u8, Cut(e.RequestId, limits));
        w.Member("revocation"u8, Cut(e.RevocationList, limits));
        w.Member("role"u8, Cut(e.ActorRole, limits));
        if (subject is not null) w.Hex("subject"u8, subject.Pseudonym);
        w.Member("system"u8, e.System is { } system ? SystemName(system) : null);
        if (e.Trace.Count > 0)
        {
            w.Name("trace"u8);
            w.BeginArray();
            for (var i = 0; i < Math.Min(e.Trace.Count, limits.Items); i++) w.Text(Cut(e.Trace[i], limits)!);
            w.EndArray();
        }

        w.Member("upstream"u8, Cut(e.Upstream, limits));
        w.Name("v"u8);
        w.Integer(Version);
        w.EndObject();
        return place;
    }

    private static void Keys(CanonicalWriter w, IReadOnlyList<AuditKey> keys, Limits limits)
    {
        w.Name("keys"u8);
        w.BeginArray();
        Span<byte> keyId = stackalloc byte[KeyId.Size];
        for (var i = 0; i < Math.Min(keys.Count, limits.Items); i++)
        {
            var key = keys[i];
            w.BeginObject();
            w.Name("granted"u8);
            w.Boolean(key.Granted);
            key.KeyId.CopyTo(keyId);
            w.Hex("kid"u8, keyId);
            w.Member("track"u8, Cut(key.Track, limits));
            w.Member("withheld"u8, Cut(key.Withheld, limits));
            w.EndObject();
        }

        w.EndArray();
    }

    private static void WritePersonal(CanonicalWriter w, AuditEntry e, Limits limits)
    {
        w.Clear();
        w.BeginObject();
        w.Member("address"u8, Cut(e.Address, limits));
        w.Member("device"u8, Cut(e.DeviceId, limits));
        if (e.Personal.Count > 0)
        {
            w.Name("more"u8);
            Map(w, e.Personal, limits);
        }

        w.Member("subject"u8, Cut(e.Subject, limits));
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
            w.Member(name, Cut(value, limits)!);
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
